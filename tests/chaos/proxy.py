"""A network that can be hurt: a TCP proxy that delays, cuts, swallows and forgets."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from ports import free_port

T = TypeVar("T")

COMMITTED = b"COMMIT\x00"
"""How PostgreSQL spells a COMMIT, in the query and in its answer alike."""


class _Connection:
    """One connection through the proxy. A muted one stays open and forwards nothing ever again, not
    even that one end has hung up."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter | None) -> None:
        self.ends = [end for end in (client, server) if end]
        self.muted = False

    def abort(self) -> None:
        for end in self.ends:
            end.transport.abort()


class Proxy:
    """Listens on an address of its own and forwards to `target`, an address that may change."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.address = f"127.0.0.1:{free_port()}"
        self.delay = 0.0
        """Seconds that every piece is held back, each way."""
        self.swallowed = 0
        """How many answers to a COMMIT were swallowed."""
        self._silent = False
        self._swallow = 0
        self._intercept = 0
        self._connections: set[_Connection] = set()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._server = self._do(self._listen())

    def cut(self) -> int:
        """Cuts every connection, now; how many there were."""
        return self._do(self._cut())

    def mute(self) -> int:
        """From now on accepts and never forwards; connections that were open fall silent as well,
        and stay so. How many there were."""
        return self._do(self._mute(True))

    def unmute(self) -> None:
        """New connections are forwarded again."""
        self._do(self._mute(False))

    def swallow_commits(self, count: int) -> None:
        """Cuts the next connections whose COMMIT was answered, and swallows the answer."""
        self._swallow = count

    def intercept_commits(self, count: int) -> None:
        """Cuts the next connections that send a COMMIT, before it is forwarded."""
        self._intercept = count

    def close(self) -> None:
        """Ends it with every connection."""
        self._loop.call_soon_threadsafe(self._server.close)
        self.cut()
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        done: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result(timeout=10)

    async def _listen(self) -> asyncio.Server:
        host, port = self.address.split(":")
        return await asyncio.start_server(self._accept, host, int(port))

    async def _end(self) -> None:
        handlers = asyncio.all_tasks() - {asyncio.current_task()}
        if handlers:
            await asyncio.wait(handlers, timeout=2)

    async def _cut(self) -> int:
        cut = list(self._connections)
        for connection in cut:
            connection.abort()
        return len(cut)

    async def _mute(self, silent: bool) -> int:
        self._silent = silent
        if silent:
            for connection in self._connections:
                connection.muted = True
        return len(self._connections)

    async def _accept(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        if self._silent:
            connection = _Connection(client, None)
            connection.muted = True
            await self._hold(connection, [self._pump(connection, reader, None, self._asked)])
            return
        try:
            host, port = self.target.split(":")
            answers, server = await asyncio.open_connection(host, int(port))
        except OSError:
            client.transport.abort()
            return
        connection = _Connection(client, server)
        await self._hold(
            connection,
            [
                self._pump(connection, reader, server, self._asked),
                self._pump(connection, answers, client, self._answered),
            ],
        )

    async def _hold(self, connection: _Connection, pumps: list) -> None:
        self._connections.add(connection)
        try:
            tasks = [asyncio.ensure_future(pump) for pump in pumps]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not connection.muted:
                connection.abort()
            await asyncio.wait(tasks)
        finally:
            self._connections.discard(connection)

    async def _pump(
        self,
        connection: _Connection,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter | None,
        passes: Callable[[bytes], bool],
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(65_536):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if connection.muted or sink is None:
                    continue
                if not passes(piece):
                    return
                sink.write(piece)
                await sink.drain()

    def _asked(self, piece: bytes) -> bool:
        if self._intercept and COMMITTED in piece:
            self._intercept -= 1
            self.swallowed += 1
            return False
        return True

    def _answered(self, piece: bytes) -> bool:
        if self._swallow and COMMITTED in piece:
            self._swallow -= 1
            self.swallowed += 1
            return False
        return True
