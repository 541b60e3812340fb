# do not pre-load
"""What to write in place of what other crons know: hints for expressions that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...core.texts.excerpt import excerpt
from ...core.texts.phrase import MONTHS, WEEKDAYS

#: no expression that somebody has written is longer
MAX_LENGTH = 200
_NAMES = {name.lower(): name[:3].lower() for name in (*MONTHS, *WEEKDAYS)}
_MONTHS = [name[:3].lower() for name in MONTHS]
#: Sunday first, as they are numbered
_WEEKDAYS = [WEEKDAYS[number - 1][:3].lower() for number in range(7)]
#: the least and the greatest value of each of six fields, and the names of the values
_FIELDS: list[tuple[int, int, list[str]]] = [
    *((0, 59, []), (0, 59, []), (0, 23, []), (1, 31, []), (1, 12, _MONTHS), (0, 6, _WEEKDAYS))
]

#: for the whole expression: a pattern, and the only thing that can be said of it
_FOREIGN = [
    (
        r"@reboot",
        "Write `at start: true` in place of the expression, as a key of its own.",
    ),
    (r"@every\s+(\S.*)", "Write it as a key of its own: `every: {0}`."),
    (r"rate\((.*)\)", "Write it as a key of its own: `every: {0}`."),
    (
        r".*\bL-\d+\b.*",
        "`L` is the last day only: be due on each day, and count in a function that `only if` names.",
    ),
    (r".*(?:^|\s)H\b.*", "Write a number in place of `H`, and spread jobs with `jitter`."),
]

Cure = tuple[str, str]
Rule = Callable[[str], Cure | None]


def cure(text: str, reads: Callable[[str], bool]) -> str:
    """Return a hint that says what to write instead, which `reads`; an empty one when nothing is known."""
    text = " ".join(text.split())
    if len(text) > MAX_LENGTH or excerpt(text) != text:
        return ""
    for pattern, hint in _FOREIGN:
        if found := re.fullmatch(pattern, text, re.IGNORECASE):
            return hint.format(*found.groups())
    reasons = []
    for rule in _RULES:
        if cured := rule(text):
            reason, text = cured
            reasons.append(reason)
    return " ".join([*reasons, f"Write `{text}`."]) if reasons and reads(text) else ""


def _zone(text: str) -> Cure | None:
    found = re.fullmatch(r"(?:CRON_)?TZ=(\S+) (.+)", text, re.IGNORECASE)
    return (f"Write the zone as a key of its own: `time zone: {found[1]}`.", found[2]) if found else None


def _amazon(text: str) -> Cure | None:
    """Take away the year of Amazon's `cron(...)`: six fields, the minute first."""
    found = re.fullmatch(r"cron\((.*)\)", text, re.IGNORECASE)
    parts = (found[1] if found else text).split()
    # of six fields that begin with the second, neither the hour nor the month can be `?`
    if len(parts) == 6 and (found or "?" in (parts[2], parts[4])):
        return _without_year(parts)
    return ("Write the fields alone.", " ".join(parts)) if found else None


def _quartz(text: str) -> Cure | None:
    """Take away the year of Quartz, and count its weekdays from 0."""
    parts = text.split()
    if len(parts) == 7:
        return _without_year(parts)
    if len(parts) != 6 or "?" not in parts:
        return None
    written = [*parts[:-1], _from_zero(parts[-1])]
    return ("Sunday is 0 here, not 1.", " ".join(written)) if written != parts else None


def _without_year(parts: list[str]) -> Cure:
    *others, weekday, year = parts
    reason = "There is no field for the year" + ("." if year in "*?" else ": use `start` and `end`.")
    if _from_zero(weekday) != weekday:
        reason += " Sunday is 0 here, not 1."
    return reason, " ".join([*others, _from_zero(weekday)])


def _from_zero(weekday: str) -> str:
    """Count weekdays from 0, and leave the n of `2#n` and `*/n`."""
    return re.sub(r"(?<![#/\d])[1-7](?=L?\b)", lambda number: str(int(number[0]) - 1), weekday)


def _any(text: str) -> Cure | None:
    parts = text.split()
    written = ["*" if part == "?" else part for part in parts]
    return ("`?` is `*` here.", " ".join(written)) if written != parts else None


def _names(text: str) -> Cure | None:
    written = re.sub("|".join(_NAMES), lambda name: _NAMES[name[0].lower()], text, flags=re.IGNORECASE)
    written = re.sub(r"\b(tue|thu|sep)(?:s|r|rs|t)\b", r"\1", written, flags=re.IGNORECASE)
    return ("Names have three letters.", written) if written.lower() != text.lower() else None


def _last(text: str) -> Cure | None:
    def number(found: re.Match[str]) -> str:
        return f"{_WEEKDAYS.index(found[1].lower())}L"

    written = re.sub(rf"\b({'|'.join(_WEEKDAYS)})L\b", number, text, flags=re.IGNORECASE)
    return ("`L` stands after the number of a weekday.", written) if written != text else None


def _working_day(text: str) -> Cure | None:
    written = re.sub(r"\b(\d{1,2})W\b", r"\1", text, flags=re.IGNORECASE)
    reason = "For the working day next to it, add the keys `except: [sat, sun]` and `on holiday: before`, or `after`."
    return (reason, written) if written != text else None


def _ranges(text: str) -> Cure | None:
    parts = text.split()
    if len(parts) not in (5, 6):
        return None
    written = [_upwards(part, *field) for part, field in zip(parts, _FIELDS[-len(parts) :], strict=True)]
    return ("A range goes upwards.", " ".join(written)) if written != parts else None


def _upwards(part: str, least: int, most: int, names: list[str]) -> str:
    """Write the ranges of a field that go on after its end as lists."""

    def listed(found: re.Match[str]) -> str:
        first, last = (_number(each, least, names) for each in found.groups())
        if not (first is not None and last is not None and least <= last < first <= most):
            return found[0]
        numbers = [*range(first, most + 1), *range(least, last + 1)]
        if names:
            return ",".join(names[number - least] for number in numbers)
        return f"{first}-{most},{least}-{last}"

    return re.sub(r"\b(\w+)-(\w+)\b(?!/)", listed, part)


def _number(text: str, least: int, names: list[str]) -> int | None:
    if text.isdecimal():
        return int(text)
    return names.index(text.lower()) + least if text.lower() in names else None


_RULES: tuple[Rule, ...] = (_zone, _amazon, _quartz, _any, _names, _last, _working_day, _ranges)
