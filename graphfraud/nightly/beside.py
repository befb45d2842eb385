"""A stage that a second process works on while this one works on the stage before it.

Rings and risk both need the snapshot only, and most of either uses one core. The second process does what `run_stage`
would do here: it writes into the stage's own folder and marks it done. Where it does not get that far (memory, a kill)
the stage is run here as if it had not been there. When this process ends, the second one does too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from graphfraud.core.snapshot import Snapshot
from graphfraud.errors import StoreError
from graphfraud.nightly.options import OpenStore
from graphfraud.nightly.stage import Context, Stage, measured
from graphfraud.nightly.work import Work
from graphfraud.settings import Settings

#: Below so many payments a second process costs more than it saves.
WORTH_SHARING = 1_500_000


@contextmanager
def working_on(stage: Stage | None, context: Context) -> Iterator[bool]:
    """Have a second process work on `stage` until it is done or, if what is inside fails, not needed any more.

    Yields whether it does.
    """
    if stage is None or not _worth(stage, context):
        yield False
        return
    command = [sys.executable, "-m", __name__, stage.name, str(context.work.folder), str(context.runs)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, text=True) as process:
        try:
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.write(context.settings.model_dump_json() + "\n")  # leaves out what is secret
                process.stdin.flush()
            yield True
            process.wait()
        finally:
            process.kill()


def _worth(stage: Stage, context: Context) -> bool:
    if (os.cpu_count() or 1) < 2 or context.work.mark(stage.name, stage.output) is not None:
        return False
    return len(Snapshot.open(context.snapshot).flows.time) >= WORTH_SHARING


def no_store() -> OpenStore:
    """Such a stage reads the work folder only."""

    def opened() -> None:
        raise StoreError("a stage that runs beside another one has no store")

    return opened  # type: ignore[return-value]


def work(stages: dict[str, Stage], name: str, folder: Path, runs: Path) -> None:
    """What the second process does. The settings come on standard input, which stays open as long as it is wanted."""
    settings = Settings.model_validate_json(sys.stdin.readline())
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    found = Work.open(folder)
    if found is not None:
        measured(stages[name], Context(found, settings, no_store(), runs))


def _end_with_the_first() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    from graphfraud.nightly.stages import STAGES

    work({s.name: s for s in STAGES}, sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
