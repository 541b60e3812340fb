# do not pre-load
"""Spans of time within the database: each kind of database has its own way to subtract two moments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column

#: what takes at least this part of a window is long
PART = 200


def long_spans(
    dialect: str, start: ColumnElement[Any], end: ColumnElement[Any], window: timedelta
) -> ColumnElement[bool]:
    """Return what is true where `start` and `end` are far apart, as seen in a window of that length."""
    seconds = window.total_seconds() / PART
    if dialect == "postgresql":
        return func.extract("epoch", end - start) > seconds
    if dialect == "sqlite":
        return (func.julianday(end) - func.julianday(start)) * 86400 > seconds
    return func.timestampdiff(literal_column("SECOND"), start, end) > seconds
