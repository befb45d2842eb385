"""The command line: parse, call a service, render. One small module per group of commands."""

import os
import signal
from types import FrameType
from typing import NoReturn

from graphfraud.core import compiled


def main() -> None:
    """Entry point of `graphfraud`. The kernels' folder is chosen before anything that holds kernels is imported."""
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # what runs under nohup goes on ignoring it
    if ours:
        signal.signal(signal.SIGINT, _stop)
    compiled.place()
    from graphfraud.cli.entry import main as run

    if ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """Ctrl-C among the imports ends the process there: raised inside another library's class or extension module, an
    interrupt comes out as whatever that one makes of it. Nothing is open yet."""
    os.write(2, b"interrupted while starting; nothing was changed\n")
    os._exit(130)
