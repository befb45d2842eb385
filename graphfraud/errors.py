"""The exception tree. Every error a user can meet is one of these, with the exit code of contracts.md §3.

    GraphFraudError                 exit 1   anything of ours
    ├── UsageError                  exit 2   the command or setting is not of the right form
    ├── InputError                  exit 3   a file, row or id that cannot be used
    │   ├── FileRefused                      a whole file: a required column missing, no row that parses
    │   └── UnknownId                        an account, ring, run or referral that is not there
    ├── Refused                     exit 4   a guard said no: drift, quarantined share, disk space
    ├── StoreError                  exit 5   the store cannot be used now
    │   ├── StoreBusy                        another process holds it
    │   └── FormatVersionError               written by another version that cannot be migrated
    ├── CheckFailed                 exit 6   `graphfraud check` found something wrong
    └── Interrupted                 exit 130 Ctrl-C

A message says what failed, what was available and what to do next.
"""

from __future__ import annotations


class GraphFraudError(Exception):
    """Base of every error that graphfraud raises on purpose."""

    exit_code = 1


class UsageError(GraphFraudError):
    """A command line, parameter or setting that is not of the right form."""

    exit_code = 2


class InputError(GraphFraudError):
    """Input that cannot be used."""

    exit_code = 3


class FileRefused(InputError):
    """A file refused whole; nothing of it was loaded."""


class UnknownId(InputError):
    """An id that is not in the data that was asked."""


class Refused(GraphFraudError):
    """A guard refused; the message names the guard, its setting and the override."""

    exit_code = 4


class StoreError(GraphFraudError):
    """The store cannot be used."""

    exit_code = 5


class StoreBusy(StoreError):
    """Another process holds the store."""


class FormatVersionError(StoreError):
    """A store or snapshot of a format this version cannot read."""


class CheckFailed(GraphFraudError):
    """A verification found something wrong."""

    exit_code = 6


class Interrupted(GraphFraudError):
    """The user interrupted; the message says what to run next."""

    exit_code = 130
