"""Working days against the notices of the State Council, counted on the fingers."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from graphfraud.core import workdays
from graphfraud.indicators.library import shared_table

EPOCH = date(1970, 1, 1)


def number(day: date) -> int:
    return int(workdays.number(np.array([(day - EPOCH).days]))[0])


def works(day: date) -> bool:
    return number(day + timedelta(days=1)) == number(day) + 1


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-02-13", True),  # Friday
        ("2026-02-14", True),  # Saturday worked for Spring Festival
        ("2026-02-15", False),
        ("2026-02-16", False),  # Monday off
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-02-28", True),  # Saturday worked
        ("2026-03-01", False),
        ("2026-04-06", False),
        ("2026-10-10", True),
        ("2025-01-26", True),
        ("2025-01-27", True),
        ("2025-01-28", False),
        ("2025-02-05", True),
        ("2025-10-08", False),
        ("2025-10-11", True),
        ("2024-10-01", True),  # a year the table lacks goes by the plain week: a Tuesday
    ],
)
def test_days_off_and_worked(day: str, expected: bool) -> None:
    assert works(date.fromisoformat(day)) == expected


@pytest.mark.parametrize(("year", "days"), [(2024, 262), (2025, 248), (2026, 248), (2027, 261)])
def test_working_days_of_a_year(year: int, days: int) -> None:
    """248 in 2025: 261 weekdays − 18 off + 5 worked; 248 in 2026: 261 − 19 + 6."""
    assert number(date(year + 1, 1, 1)) - number(date(year, 1, 1)) == days


def test_spring_festival_is_one_working_day_long() -> None:
    """From Saturday 14 February (worked) to Tuesday 24 February only one working day passes."""
    assert number(date(2026, 2, 24)) - number(date(2026, 2, 14)) == 1
    assert {number(date(2026, 2, d)) for d in range(15, 25)} == {number(date(2026, 2, 24))}


def test_sql_counts_the_same() -> None:
    known = workdays.corrections()
    assert known.years == (2025, 2026)
    with duckdb.connect() as db:
        db.execute("SET VARIABLE holidays = $b", {"b": known.before.tolist()})
        db.execute("SET VARIABLE first_holiday = $f", {"f": known.first})
        for statement in db.extract_statements(shared_table("macros")):
            db.execute(statement)
        days = np.arange(19_000, 22_000)
        found = np.array([n for (n,) in db.sql("SELECT workday(range) FROM range(19000, 22000)").fetchall()])
    assert (found == workdays.number(days)).all()
