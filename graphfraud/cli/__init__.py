"""The command line: parse, call a service, render. One small module per group of commands."""

import sys

from graphfraud.core import compiled


def main() -> None:
    """Entry point of `graphfraud`. The kernels' folder is chosen before anything that holds kernels is imported."""
    try:
        compiled.place()
        from graphfraud.cli.entry import main as run
    except KeyboardInterrupt:
        sys.stderr.write("interrupted while starting; nothing was changed\n")
        sys.exit(130)
    run()
