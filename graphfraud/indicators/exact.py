"""What a query must not hold, so that its answer is the same on another day, machine and order of rows."""

from __future__ import annotations

import re

FORBIDDEN = {
    "float types": r"\b(double|float4?8?|real|decimal|numeric)\b",
    "float functions": r"\b(avg|mean|median|stddev\w*|var_\w+|variance|quantile\w*|approx_\w+|sqrt|ln|exp|pow)\s*\(",
    "aggregates without a total order": r"\b(first|last|any_value|arg_max|arg_min|max_by|min_by|mode|string_agg|list"
    r"|array_agg|group_concat)\s*\(",
    "clock and chance": r"\b(now|random|uuid|today|current_date|current_timestamp|current_time)\b",
    "true division": r"(?<![/*])/(?![/*])",
    "float literals": r"\d\.\d",
    "limits without an order": r"\blimit\b",
}
WRITING = r"\b(insert|update|delete|create|drop|alter|copy|attach|detach|pragma|install|load|set|call|truncate|merge)\b"


def without_comments(sql: str) -> str:
    """The query in small letters, without comments and without what stands in quotes."""
    return re.sub(r"'[^']*'", "''", re.sub(r"/\*.*?\*/|--[^\n]*", "", sql, flags=re.S)).lower()


def inexact(sql: str) -> dict[str, list[str]]:
    """What of FORBIDDEN a query holds, by kind; empty where it is exact."""
    text = without_comments(sql)
    found = {what: re.findall(pattern, text) for what, pattern in FORBIDDEN.items()}
    return {what: words for what, words in found.items() if words}


def writing(sql: str) -> list[str]:
    """Words by which a query would change something."""
    return sorted(set(re.findall(WRITING, without_comments(sql))))
