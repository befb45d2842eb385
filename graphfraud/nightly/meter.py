"""Wall time and peak memory of one stage."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_RESET_PEAK = "5"  # proc(5): resets the peak resident set size


class Meter:
    """Context that measures. Where the system can, the peak is of the stage alone; else of the process so far."""

    wall_s: float = 0.0
    peak_mb: float = 0.0
    own_peak: bool = False

    def __enter__(self) -> Self:
        pa.default_memory_pool().release_unused()
        self.own_peak = _reset_peak()
        self._start = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wall_s = round(time.perf_counter() - self._start, 3)
        self.peak_mb = round(_peak_kb() / 1024, 1)


def _reset_peak() -> bool:
    try:
        _CLEAR.write_text(_RESET_PEAK)
    except OSError:  # another system, or not permitted: the peak is then that of the process so far
        return False
    return True


def _peak_kb() -> int:
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak
