# do not pre-load
"""Field-style cron: `minute: 5`, `day: -5`, `weekday: mon`, by the rules of uWSGI's cron table.

Version 0.2.x handed the fields to uWSGI (`core/cron.c`); what they meant there, they mean here:

- `-n` and `*/n` are every value that n divides: `day: -5` is 5, 10, 15, ...; `minute: -60` is minute 0.
- `-1`, `*/1` and `*` are every value.
- Day and weekday: either matches when both are plain (numbers, names, lists, ranges), else both must.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ...core.errors import FieldError
from ...core.texts.excerpt import excerpt, is_huge
from .crontab import read, wrong_field
from .pattern import Expression, Pattern

Value = int | str | list[int | str]

#: the fields in the order of a crontab expression, each with its values
FIELDS = {
    "second": range(60),
    "minute": range(60),
    "hour": range(24),
    "day": range(1, 32),
    "month": range(1, 13),
    "weekday": range(8),
}
EVERY = re.compile(r"(?:\*/|-)([0-9]{1,9})")
PLAIN = re.compile(r"[0-9]{1,9}(-[0-9]{1,9})?|[a-z]{3}(-[a-z]{3})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One field in crontab notation."""

    text: str
    #: neither a wildcard nor a divisor
    plain: bool


def parse(values: Mapping[str, object]) -> Expression:
    """Return the expression; a name of FIELDS without a value is any, but for `second`, which is 0.

    Raises FieldError: a value that is not one, a field out of its range, days that never come together.
    """
    values = {**dict.fromkeys(FIELDS, "*"), "second": 0, **values}
    parts = {name: _part(name, values[name]) for name in FIELDS}
    texts = [part.text for part in parts.values()]
    try:
        expression = _expression(tuple(parts.values()))
    except ValueError as error:
        raise _diagnosis(values, texts) from error
    if not expression.pattern.days.ever():
        raise _never(values)
    return expression


@lru_cache(maxsize=2048)
def _expression(parts: tuple[Part, ...]) -> Expression:
    """Return what cronsim makes of the fields, in their order; jobs with the same ones share it."""
    texts = [part.text for part in parts]
    _, minute, hour, day, _, weekday = parts
    return Expression(
        text=" ".join(texts[1:] if texts[0] == "0" else texts),
        pattern=Pattern.of(read(texts), both=not (day.plain and weekday.plain)),
        fixed=hour.plain and minute.plain,
    )


def _part(name: str, value: object) -> Part:
    if isinstance(value, list) and value:
        return Part(",".join(_plain(name, item, value) for item in value), plain=True)
    text = _text(name, value, value)
    if text == "*":
        return Part("*", plain=False)
    if every := EVERY.fullmatch(text):
        return Part(_divisible(name, int(every[1]), value), plain=False)
    return Part(",".join(_plain(name, item, value) for item in text.split(",")), plain=True)


def _text(name: str, item: object, value: object) -> str:
    if isinstance(item, bool) or not isinstance(item, int | str) or is_huge(item):
        hint = "YAML reads unquoted on, off, yes and no as true and false. " if isinstance(item, bool) else ""
        raise _wrong(name, value, hint=hint)
    return str(item).strip()


def _plain(name: str, item: object, value: object) -> str:
    text = _text(name, item, value).strip()
    if not PLAIN.fullmatch(text):
        raise _wrong(name, value)
    return text


def _divisible(name: str, divisor: int, value: object) -> str:
    if divisor == 0:
        raise FieldError(name, f"The {name} `{excerpt(value)}` divides by zero.", hint="`*` is every value.")
    if divisor == 1:
        return "*"
    if FIELDS[name].start == 0:
        return f"*/{divisor}"
    numbers = [number for number in FIELDS[name] if number % divisor == 0]
    if not numbers:
        raise FieldError(
            name,
            f"The {name} `{excerpt(value)}` never comes: no {name} is divisible by {divisor}.",
            hint=f"The highest possible divisor is {FIELDS[name].stop - 1}.",
        )
    return ",".join(map(str, numbers))


def _wrong(name: str, value: object, *, hint: str = "") -> FieldError:
    numbers = FIELDS[name]
    names = {"month": ", a name such as `jan`", "weekday": " (0 and 7 are Sunday), a name such as `mon`"}
    return FieldError(
        name,
        f"The {name} `{excerpt(value)}` is not valid.",
        hint=f"{hint}It may be {numbers.start}-{numbers.stop - 1}{names.get(name, '')}, a list, a range, "
        "`*`, or `*/n` for every value that n divides; `crontab` knows more.",
    )


def _diagnosis(values: Mapping[str, object], texts: list[str]) -> FieldError:
    index = wrong_field(texts)
    if index is None:
        return _never(values)
    name = list(FIELDS)[index]
    return _wrong(name, values[name])


def _never(values: Mapping[str, object]) -> FieldError:
    return FieldError(
        "day",
        f"It never fires: there is no day `{excerpt(values['day'])}` in month `{excerpt(values['month'])}`"
        f" with weekday `{excerpt(values['weekday'])}`.",
        hint="Change `day` or `month`.",
    )
