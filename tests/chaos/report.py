"""What a run found, one line for each kind of fault."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field

ROUNDS = int(os.environ.get("DEVISA_CHAOS_ROUNDS", "10"))
"""How often a process is killed; the other faults scale with it."""

SEED = int(
    os.environ.setdefault("DEVISA_CHAOS_SEED", str(random.SystemRandom().randrange(2**32)))
)
"""What the writers and the moments of the faults are drawn from. Set also for the processes that run
tests beside each other."""


def share(rounds: int, least: int) -> int:
    """How often a slower fault is injected: `rounds` of a short run, more in a long one."""
    return max(least, rounds * ROUNDS // 10)


@dataclass
class Tally:
    """What an audit counted."""

    acknowledged: int = 0
    faults: int = 0
    lost: int = 0
    doubled: int = 0
    skipped: int = 0
    disordered: int = 0
    longest: float = 0.0
    """How long the unluckiest operation took from its first attempt to its answer, in seconds."""
    remarks: list[str] = field(default_factory=list)
    """What was lost, doubled or skipped, by name."""

    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.skipped or self.disordered or self.remarks)


_LINES: list[str] = []
_NOTES: list[str] = []


def keep(fault: str, tally: Tally) -> None:
    """Adds the fault's line to the table, then fails the test if anything is wrong."""
    _LINES.append(
        f"{fault:<52} {tally.acknowledged:>12} {tally.faults:>6} {tally.lost:>4} "
        f"{tally.doubled:>7} {tally.skipped:>7} {tally.disordered:>10} {tally.longest:>20.2f} s"
    )
    assert tally.is_clean(), f"{fault}: {tally}"
    assert tally.acknowledged > 0, f"{fault}: nothing was written, so nothing was proven"
    assert tally.faults > 0, f"{fault}: no fault was injected"


def note(text: str) -> None:
    """Adds a line below the table."""
    _NOTES.append(text)


def taken() -> tuple[list[str], list[str]]:
    """The lines and the notes since it was asked last."""
    found = _LINES[:], _NOTES[:]
    _LINES.clear()
    _NOTES.clear()
    return found


HEAD = (
    f"{'fault':<52} {'acknowledged':>12} {'faults':>6} {'lost':>4} {'doubled':>7} "
    f"{'skipped':>7} {'disordered':>10} {'longest unavailability':>22}"
)
