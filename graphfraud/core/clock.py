"""Times: int64 UTC microseconds inside, Asia/Shanghai at the edge (contracts.md §1 and §2)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from graphfraud.errors import UsageError

ZONE = ZoneInfo("Asia/Shanghai")
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
#: Shanghai has been at +08:00 without daylight saving since 1991; day boundaries of every table use it.
SHANGHAI_OFFSET = 8 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(moment: datetime) -> int:
    """UTC microseconds of a datetime; one without zone is Asia/Shanghai."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZONE)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def parse_as_of(text: str) -> int:
    """`--as-of`: ISO 8601 with zone, or a date = 00:00 Asia/Shanghai of that day. UTC microseconds.

    >>> parse_as_of("1970-01-01T00:00:01Z")
    1000000
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            day = date.fromisoformat(text)
            return to_micros(datetime(day.year, day.month, day.day, tzinfo=ZONE))
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise UsageError(_as_of_help(text)) from exc
    if moment.tzinfo is None:
        raise UsageError(_as_of_help(text))
    return to_micros(moment)


def _as_of_help(text: str) -> str:
    return (
        f"'{text}' is not a time graphfraud can use: give a date (2026-04-01, meaning 00:00 Asia/Shanghai)"
        " or ISO 8601 with a zone (2026-04-01T00:00:00+08:00)"
    )


def show(micros: int | None, seconds: bool = True) -> str:
    """A time for people, in Asia/Shanghai: `2026-04-01 09:30:00`."""
    if micros is None:
        return "–"
    moment = (_EPOCH + timedelta(microseconds=int(micros))).astimezone(ZONE)
    return moment.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def iso(micros: int) -> str:
    """ISO 8601 in Asia/Shanghai, for machines."""
    return (_EPOCH + timedelta(microseconds=int(micros))).astimezone(ZONE).isoformat()


def show_span(micros: int) -> str:
    """A duration for people: `35 s`, `12 min`, `3.4 h`, `2.1 d`."""
    if micros < 2 * MINUTE:
        return f"{micros / SECOND:.0f} s"
    if micros < 2 * HOUR:
        return f"{micros / MINUTE:.0f} min"
    return f"{micros / HOUR:.1f} h" if micros < 2 * DAY else f"{micros / DAY:.1f} d"
