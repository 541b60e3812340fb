# do not pre-load
"""What a function returned, as text for its record: JSON where it is JSON, else what `repr()` says."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, Final

from ..core.text import joined, repr_of

#: how much of a result is kept (characters)
LONGEST_RESULT: Final = 2_000
_DEEPEST: Final = 20
#: larger integers are no JSON: they are the same nowhere else, and take long to write out (bits)
_LARGEST_INT: Final = 1_000


class _NotJson(Exception):
    """A value is not what JSON would give back."""


def result_text(result: object) -> str | None:
    """Return a result as text that is never long; None for None.

    What is JSON (texts, numbers, true, false, lists, and dictionaries with texts as keys) is JSON, anything else what
    its `repr()` says. Either is cut off. No text but whole JSON can be read as JSON: one that could by chance is
    kept as a JSON text.
    """
    if result is None:
        return None
    try:
        return joined(_json(result, _DEEPEST), LONGEST_RESULT)
    except _NotJson:
        text = repr_of(result, LONGEST_RESULT)
    return text if result_value(text) is text else json.dumps(text)


def result_value(text: str | None) -> object:
    """Return a recorded result as the value it was if that was JSON, else as the text it is."""
    if text is None:
        return None
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _json(value: Any, depth: int) -> Iterator[str]:
    """Yield the JSON of a value in pieces; raises _NotJson."""
    kind = type(value)
    if value is None or kind is bool:
        yield {None: "null", True: "true", False: "false"}[value]
    elif kind is str:
        yield json.dumps(
            value[:LONGEST_RESULT], ensure_ascii=False
        )  # whose quotes make it too long when it was cut
    elif kind is int and int.bit_length(value) <= _LARGEST_INT:
        yield int.__repr__(value)
    elif kind is float and math.isfinite(value):
        yield float.__repr__(value)
    elif kind is list and depth:
        yield from _listed(value, depth)
    elif kind is dict and depth:
        yield from _mapped(value, depth)
    else:
        raise _NotJson


def _listed(values: list[Any], depth: int) -> Iterator[str]:
    yield "["
    for index, each in enumerate(values):
        if index:
            yield ", "
        yield from _json(each, depth - 1)
    yield "]"


def _mapped(values: dict[Any, Any], depth: int) -> Iterator[str]:
    yield "{"
    for index, (key, each) in enumerate(values.items()):
        if type(key) is not str:
            raise _NotJson
        if index:
            yield ", "
        yield from _json(key, depth)
        yield ": "
        yield from _json(each, depth - 1)
    yield "}"
