# do not pre-load
"""Why a value is refused, and how values are shown to people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ..core.errors import SchedulerError
from ..core.excerpt import excerpt, is_huge
from .codes import Code

#: stands for values that may be secrets
HIDDEN = "(not shown)"


class Refused(SchedulerError):
    """A value that a key does not take.

    The message is the rest of a sentence that starts with the value (`is not a whole number`); it never
    repeats the value, which may have come out of the environment.
    """

    def __init__(self, code: Code, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


def kind_of(value: object) -> str:
    """Name what YAML has made of a value: `a list`, `a text`."""
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        ((int, float), "a number"),
        (str, "a text"),
        (Mapping, "a mapping"),
        ((list, tuple, set), "a list"),
        (date, "a date"),
    )
    other = "blank" if value is None else "not a text"
    return next((name for kind, name in kinds if isinstance(value, kind)), other)


def shown(value: object) -> str:
    """Show a value in a sentence: scalars as in YAML, the rest by its kind, as it may hold secrets."""
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, str) or (isinstance(value, int | float | date) and not is_huge(value)):
        return f"`{excerpt(value) or '(empty)'}`"
    return f"This {kind_of(value).removeprefix('a ')}" if isinstance(value, Mapping | list) else "This value"


def text_of(key: object) -> str:
    """Return the text of a key, which YAML lets be anything: `true`'s is `True`, as in 0.2.x."""
    return key if isinstance(key, str) else excerpt(key)
