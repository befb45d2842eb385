"""The command line: parse, call a service, render. One small module per group of commands."""

from graphfraud.core import compiled


def main() -> None:
    """Entry point of `graphfraud`. The kernels' folder is chosen before anything that holds kernels is imported."""
    compiled.place()
    from graphfraud.cli.entry import main as run

    run()
