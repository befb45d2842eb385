"""What can be wrong with a row: one code each, with the words a person reads."""

from __future__ import annotations

from dataclasses import dataclass

#: code → what it means and what to do
REASONS: dict[str, str] = {
    "missing_value": "a required value is missing",
    "bad_time": "not a time that can be read: use ISO 8601, YYYYMMDD[HHMMSS] or Unix time in s, ms or µs",
    "time_out_of_range": "a time outside [ingest] earliest … latest",
    "bad_amount": "not an amount: whole minor units (fen) in canonical tables, yuan with two places in statements",
    "amount_overflow": "an amount beyond 10^15 minor units",
    "not_positive": "must be above 0",
    "negative": "must not be negative",
    "zero": "must not be 0",
    "bad_count": "not a whole number",
    "bad_flag": "not yes or no (true/false, 1/0, 是/否, 成功/失败)",
    "unknown_word": "not one of the words this column may hold",
    "digits_lost": "a number in scientific notation has lost digits: export the column as text",
    "too_long": "longer than this column may be",
    "control_character": "holds a control character",
    "unknown_direction": "states no direction, and the running balance does not tell it",
    "no_output": "the profile makes no fact of a row like this",
    "bad_bytes": "bytes that are not text in the encoding of the file",
    "line_too_long": "a line longer than 8 MiB",
    "open_quote": "a quote is opened and never closed",
    "column_count": "not as many cells as the header has columns",
    "conflict": "the same id is already there with other content; the first is kept",
}


@dataclass(frozen=True)
class Problem:
    """A way a row can be bad: the code and the field it is about."""

    code: str
    field: str

    @property
    def text(self) -> str:
        return REASONS[self.code]
