"""The open interval of time that a read looks at."""

from __future__ import annotations

from dataclasses import dataclass

from graphfraud.core.clock import SECOND

_FAR = 2**62  # µs; beyond every time, and safe to add to
MILLISECOND = SECOND // 1000


@dataclass(frozen=True)
class Window:
    """Times t with after < t < before, µs: both ends are left out."""

    after: int = -_FAR
    before: int = _FAR

    @classmethod
    def of_millis(cls, start: int, end: int) -> Window:
        """From the benchmark's startTime and endTime, epoch ms."""
        after, before = (max(-_FAR, min(_FAR, moment * MILLISECOND)) for moment in (start, end))
        return cls(after, before)


ALWAYS = Window()
