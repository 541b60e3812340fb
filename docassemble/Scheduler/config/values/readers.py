# do not pre-load
"""Readers: each turns one value of the block into what the program works with, or raises `InvalidValue`.

A reader that takes options is made by a function (`whole(0)`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from ...core.texts.storable import MAX_DESCRIPTION, storable
from ..codes import Code, InvalidValue
from .hints import did_you_mean, hint_for, is_dotted, text_of

Reader = Callable[[object], Any]

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def text(value: object) -> str:
    """Read a text that is not empty."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    problem = "is empty" if isinstance(value, str) else "is not a text"
    raise InvalidValue(
        Code.WRONG_TYPE, problem, hint=hint_for(value) or "Write a text, in quotes if need be."
    )


#: each is asked for the next due time
MAX_TEXTS = 100


def texts(value: object) -> str | tuple[str, ...]:
    """Read a text, or a list of texts, each of them once; a list of one is a text."""
    if not isinstance(value, list | tuple) or not value:
        return text(value)
    if len(value) > MAX_TEXTS:
        raise InvalidValue(Code.TOO_LARGE, f"has more than {MAX_TEXTS} items", hint="Make two jobs of it.")
    read = tuple(dict.fromkeys(map(text, value)))
    return read if len(read) > 1 else read[0]


def words(value: object) -> str:
    """Read something for people: a text, or a scalar that YAML has made of one."""
    read = text_of(value) if isinstance(value, int | float | date) else text(value)
    return storable(read, MAX_DESCRIPTION)


def cron_field(value: object) -> object:
    """Take a scalar or a list, which the schedule judges; `5.0` is 5, as in 0.2.x."""
    if isinstance(value, Mapping):
        raise InvalidValue(
            Code.WRONG_TYPE, "is no value of this field", hint="Write a number, `*`, or a list."
        )
    return int(value) if isinstance(value, float) and value.is_integer() else value


def mapping(value: object) -> Mapping[Any, Any]:
    """Take a mapping."""
    if isinstance(value, Mapping):
        return value
    hint = "Write `key: value` on the lines below it, further indented."
    raise InvalidValue(Code.WRONG_TYPE, "is not a mapping", hint=hint)


def mappings(value: object) -> tuple[Mapping[Any, Any], ...]:
    """Take a mapping, or a list of them."""
    return tuple(map(mapping, value)) if isinstance(value, list | tuple) else (mapping(value),)


def whole(least: int = 0, most: int = 10**12) -> Reader:
    """Make a reader of whole numbers; digits in quotes are one too, as in 0.2.x."""
    wanted = f"Write a whole number that is {least} or more."

    def read(value: object) -> int:
        number = _number(value)
        if number is None:
            hint = hint_for(value) if isinstance(value, bool | date) else wanted
            raise InvalidValue(Code.BAD_NUMBER, "is not a whole number", hint=hint)
        if not least <= number <= most:
            problem = f"is less than {least}" if number < least else "is far too large"
            raise InvalidValue(Code.BAD_NUMBER, problem, hint=wanted)
        return number

    return read


def _number(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,20}\s*", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def failures(value: object) -> int:
    """Read `1 failure`, `3 failures` or a number."""
    return int(whole(1)(re.sub(r"\s*failures?\s*$", "", value) if isinstance(value, str) else value))


def boolean(value: object) -> bool:
    """Read true or false, or one of the words for them."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _WORDS:
        return _WORDS[value.strip().lower()]
    raise InvalidValue(Code.BAD_BOOLEAN, "is neither true nor false", hint="Write `true` or `false`.")


def choice(options: Mapping[str, Any], also: Mapping[str, Any] | None = None) -> Reader:
    """Make a reader of one of some words, in any case; those of `also` are taken, and not advertised."""
    known = {**options, **(also or {})}

    def read(value: object) -> Any:
        if isinstance(value, str) and value.strip().lower() in known:
            return known[value.strip().lower()]
        guess = did_you_mean(value, options) if isinstance(value, str) else hint_for(value)
        hint = guess or "It can be " + ", ".join(f"`{option}`" for option in options) + "."
        raise InvalidValue(Code.BAD_CHOICE, "is not one of the words that this key takes", hint=hint)

    return read


def one_of(options: type[Enum]) -> Reader:
    """Make a reader of one member of an enumeration, by value."""
    return choice({str(member.value): member for member in options})


def dotted(value: object) -> str:
    """Read the dotted name of a function or class; it is not imported here."""
    if isinstance(value, str) and is_dotted(value.strip()):
        # one object for all jobs that name it: processes share memory until they touch it
        return sys.intern(str(value.strip()))
    hint = "Write it like `file.function` or `package.module.function`."
    raise InvalidValue(Code.BAD_NAME, "is not a dotted name", hint=hint_for(value) or hint)


#: each of them has a thread in each process
MAX_HANDLERS = 10


def handlers(value: object) -> tuple[str, ...]:
    """Read one dotted name, or a list of them."""
    names = tuple(map(dotted, value if isinstance(value, list | tuple) else [value]))
    if len(names) > MAX_HANDLERS:
        raise InvalidValue(Code.TOO_LARGE, f"has more than {MAX_HANDLERS} names", hint="Keep those you need.")
    return names


#: at the end of a dotted name: all that is defined in the module or package
EVERYTHING = ".*"


def functions(value: object) -> tuple[str, ...]:
    """Read one dotted name of a function, or of a module or package with `.*`, or a list of them."""
    given = value if isinstance(value, list | tuple) else [value]
    return tuple(_functions(each) for each in given)


def _functions(value: object) -> str:
    # a module may be a name without a dot
    name = value.strip() if isinstance(value, str) else ""
    is_good = (
        is_dotted(f"{name.removesuffix(EVERYTHING)}.x") if name.endswith(EVERYTHING) else is_dotted(name)
    )
    if is_good:
        return name
    hint = "Write it like `docassemble.MyPackage.module.function`, or `docassemble.MyPackage.*` for all of a package."
    raise InvalidValue(Code.BAD_NAME, "is not a dotted name, or a list of them", hint=hint_for(value) or hint)


def arguments(value: object) -> tuple[Any, ...]:
    """Read the positional arguments of a function."""
    if isinstance(value, list | tuple):
        return tuple(value)
    hint = "Did you mean `kwargs`?" if isinstance(value, Mapping) else "Write one per line, each after `- `."
    raise InvalidValue(Code.BAD_ARGUMENTS, "is not a list", hint=hint)


def keyword_arguments(value: object) -> dict[str, Any]:
    """Read the named arguments of a function."""
    if not isinstance(value, Mapping):
        raise InvalidValue(Code.BAD_ARGUMENTS, "is not a mapping", hint="Did you mean `args`?")
    for key in value:
        if not isinstance(key, str):
            raise InvalidValue(Code.BAD_ARGUMENTS, "has a name that is not a text", hint=hint_for(key))
    return dict(value)


def tags(value: object) -> frozenset[str]:
    """Read tags: a list of texts, or one text in which commas separate them."""
    parts: Any = value.split(",") if isinstance(value, str) else value
    parts = parts if isinstance(parts, list | tuple | set) else [value]
    strangers = [part for part in parts if not isinstance(part, str)]
    if strangers:
        hint = hint_for(strangers[0]) or _TAGS
        raise InvalidValue(Code.WRONG_TYPE, "is not a tag or a list of tags", hint=hint)
    read = frozenset(part.strip() for part in parts if part.strip())
    if not read:
        raise InvalidValue(Code.WRONG_TYPE, "names no tag", hint=_TAGS)
    return read


_TAGS = "Write one tag, or a list of them."


def email(value: object) -> str:
    """Read one e-mail address; nothing but its shape is looked at."""
    if isinstance(value, str) and _EMAIL.fullmatch(value.strip()):
        return value.strip()
    raise InvalidValue(Code.BAD_EMAIL, "is not an e-mail address", hint="Write it like `name@example.com`.")


def emails(value: object) -> tuple[str, ...]:
    """Read one e-mail address, or a list of them."""
    if isinstance(value, list | tuple) and value:
        return tuple(email(each) for each in value)
    return (email(value),)


def url(value: object) -> str:
    """Read an http or https address."""
    if isinstance(value, str):
        try:
            parts = urlsplit(value.strip())
        except ValueError:  # a bracket without its partner, say: no address either
            parts = urlsplit("")
        if parts.scheme in ("http", "https") and parts.netloc:
            return value.strip()
    raise InvalidValue(
        Code.BAD_URL, "is not an http or https address", hint="Write it like `https://example.com/ping`."
    )


#: reads the name of a level of `logging`, in any case, into the one that `logging` knows
log_level = choice(
    {name: name.upper() for name in ("debug", "info", "warning", "error", "critical")},
    # 0.2.x took whatever `logging` takes
    also={"warn": "WARNING", "fatal": "CRITICAL", "notset": "NOTSET"},
)
