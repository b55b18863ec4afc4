"""Writers that repeat until they are answered, and watchers that resume where they were."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter

import grpc

import audit
import report
from calls import Peer, may_succeed_later
from client import Refusal
from operations import Operation, Operations

from devisa.event.v1 import event_pb2

GIVE_UP = 60.0
"""Seconds after which an operation that is not answered is a hang, which is a fault of its own."""

PAUSE = 0.05


class Writer(threading.Thread):
    """Does one operation after the other, each with one request id until it is acknowledged."""

    def __init__(self, name: str, addresses: dict[str, list[str]], timeout: float) -> None:
        super().__init__(name=name, daemon=True)
        self.operations: list[Operation] = []
        self.refusals: Counter[str] = Counter()
        """What attempts were answered instead of a response: the code and, from Devisa, the reason."""
        self._timeout = timeout
        self._made = Operations(name, report.SEED)
        self._random = random.Random(f"{report.SEED}-{name}-peers")
        self._peers = {
            service: [Peer(address, name) for address in all] for service, all in addresses.items()
        }
        self._ending = threading.Event()

    def run(self) -> None:
        while not self._ending.is_set():
            operation = self._made.next()
            self.operations.append(operation)
            self._perform(operation)
            if operation.response is None:
                return
            self._made.learn(operation)
        for peer in (peer for all in self._peers.values() for peer in all):
            peer.close()

    def finish(self) -> None:
        """Lets the operation under way be the last."""
        self._ending.set()

    def _perform(self, operation: Operation) -> None:
        operation.first_sent = time.monotonic()
        while time.monotonic() < operation.first_sent + GIVE_UP:
            operation.attempts += 1
            peer = self._random.choice(self._peers[operation.service])
            try:
                operation.response = peer.call(
                    operation.method, operation.request, operation.answer, self._timeout
                )
                operation.acknowledged = time.monotonic()
                return
            except grpc.RpcError as error:
                refusal = Refusal.of(error)
                self.refusals[f"{refusal.code.name} {refusal.reason}".strip()] += 1
                if not may_succeed_later(error):
                    operation.refused = f"{refusal}"
                    return
                time.sleep(PAUSE)


class Watcher(threading.Thread):
    """Follows the events of one service, on any of its replicas, through every interruption."""

    def __init__(self, service: str, addresses: list[str], name: str, after: str = "") -> None:
        super().__init__(name=name, daemon=True)
        self.service = service
        self.seen: list[tuple[str, str]] = []
        """Revision and id of each event, in the order of their arrival."""
        self.resumed = 0
        self.failures: list[str] = []
        """Ends of the stream that nobody expects."""
        self._after = after
        self._random = random.Random(f"{report.SEED}-{name}")
        self._peers = [Peer(address, name) for address in addresses]
        self._ending = threading.Event()
        self._call: grpc.Call | None = None

    def run(self) -> None:
        method = f"devisa.{self.service}.v1.EventService/Watch"
        while not self._ending.is_set():
            peer = self._random.choice(self._peers)
            request = event_pb2.WatchRequest(after_revision=self._after)
            self._call = peer.stream(method, request, event_pb2.WatchResponse)
            try:
                for message in self._call:
                    self._take(message)
            except grpc.RpcError as error:
                if not self._ending.is_set() and not may_succeed_later(error):
                    self.failures.append(f"{self.service}: {Refusal.of(error)}")
                    return
            self.resumed += 1
            time.sleep(PAUSE)

    def finish(self) -> None:
        """Ends it."""
        self._ending.set()
        if self._call is not None:
            self._call.cancel()
        self.join(timeout=10)
        for peer in self._peers:
            peer.close()

    @property
    def after(self) -> str:
        """The last revision that it was given."""
        return self._after

    def _take(self, message: event_pb2.WatchResponse) -> None:
        if message.WhichOneof("update") == "event":
            event = message.event
            self.seen.append((event.revision, event.id))
            self._after = event.revision
        elif message.checkpoint.revision:
            self._after = message.checkpoint.revision


class Load:
    """Writers and watchers on services, while faults are injected; audited at the end."""

    def __init__(
        self, addresses: dict[str, list[str]], writers: int = 4, watchers: int = 1,
        timeout: float = 3.0,
    ) -> None:  # fmt: skip
        self.addresses = addresses
        self.tally = report.Tally()
        self.writers = [Writer(f"w{index}", addresses, timeout) for index in range(writers)]
        self.watchers = [
            Watcher(service, all, f"watcher-{service}-{index}")
            for service, all in addresses.items()
            for index in range(watchers)
        ]

    def __enter__(self) -> Load:
        for thread in [*self.watchers, *self.writers]:
            thread.start()
        self.until_acknowledged(20)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for writer in self.writers:
            writer.finish()
        try:
            if kind is None:
                self._settle()
        finally:
            for watcher in self.watchers:
                watcher.finish()

    def until_acknowledged(self, more: int) -> None:
        """Waits until so many more operations are acknowledged: the services work again."""
        goal = self.acknowledged + more
        until = time.monotonic() + GIVE_UP
        while self.acknowledged < goal:
            stuck = [op.refused for writer in self.writers for op in writer.operations if op.refused]
            assert not stuck, stuck
            assert time.monotonic() < until, f"nothing is acknowledged for {GIVE_UP} s"
            time.sleep(0.01)

    @property
    def acknowledged(self) -> int:
        return sum(bool(op.acknowledged) for writer in self.writers for op in list(writer.operations))

    @property
    def refusals(self) -> Counter[str]:
        """What attempts of all writers were answered instead of a response."""
        return sum((writer.refusals for writer in self.writers), Counter())

    def fault(self, count: int = 1) -> None:
        """Counts faults that were injected."""
        self.tally.faults += count

    def _settle(self) -> None:
        for writer in self.writers:
            writer.join(timeout=GIVE_UP + 10)
            assert not writer.is_alive(), f"{writer.name} hangs"
        audit.audit(self)
