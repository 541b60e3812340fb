# do not pre-load
"""Sentences that can be translated: a text with placeholders and its values, kept apart until somebody reads it.

`str()` of each is its English. Pages say them in the language of who looks: `web/dashboard/language.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..durations import format_duration, listed, ordinal

PLACEHOLDER = re.compile(r"\{(\w+)\}")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text to be translated, and the values of its `{placeholders}`."""

    text: str
    values: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, text: str, **values: Value) -> Phrase:
        """Return a phrase with these values."""
        return cls(text, tuple(values.items()))

    def __str__(self) -> str:
        values = dict(self.values)
        return PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), self.text)


@dataclass(frozen=True, slots=True)
class Ordinal:
    """A number that English says as an ordinal, and other languages as a number: `every fifth minute`."""

    number: int

    def __str__(self) -> str:
        return ordinal(self.number)


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week; 0 is Monday."""

    number: int

    def __str__(self) -> str:
        return WEEKDAYS[self.number]


@dataclass(frozen=True, slots=True)
class Month:
    """A month, 1 to 12."""

    number: int

    def __str__(self) -> str:
        return MONTHS[self.number - 1]


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time that a clock shows; seconds only where there are any."""

    hour: int
    minute: int
    second: int = 0

    def __str__(self) -> str:
        text = f"{self.hour:02}:{self.minute:02}"
        return f"{text}:{self.second:02}" if self.second else text


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, on the clock of a zone."""

    at: datetime
    zone: ZoneInfo

    def __str__(self) -> str:
        local = self.at.astimezone(self.zone)
        return f"{local:%Y-%m-%d} at {TimeOfDay(local.hour, local.minute, local.second)}"


@dataclass(frozen=True, slots=True)
class Length:
    """A duration, in full."""

    duration: timedelta

    def __str__(self) -> str:
        return format_duration(self.duration)


@dataclass(frozen=True, slots=True)
class City:
    """The place that a time zone is named after."""

    zone: ZoneInfo

    def __str__(self) -> str:
        return self.zone.key.rpartition("/")[2].replace("_", " ")


@dataclass(frozen=True, slots=True)
class Place:
    """A country, or a part of one, by its code: `US-MA`."""

    code: str
    #: in English
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Series:
    """Several values, with `and` or `or` before the last, or another separator between any two."""

    items: tuple[Value, ...]
    separator: str = "and"

    @classmethod
    def of(cls, items: Iterable[Value], separator: str = "and") -> Series:
        """Return a series of these values."""
        return cls(tuple(items), separator)

    def __str__(self) -> str:
        texts = [str(item) for item in self.items]
        return listed(texts, self.separator) if self.separator.isalpha() else self.separator.join(texts)


def zone_name(zone: ZoneInfo) -> Value:
    """Say a time zone: `New York time` for America/New_York, `UTC`."""
    name = str(City(zone))
    if name in {"UTC", "UCT", "Universal", "Zulu"}:
        return "UTC"
    # abbreviations, and what has digits, are names already
    if name.isupper() or any(each.isdigit() for each in name):
        return name
    return Phrase.of("{city} time", city=City(zone))


Value = Phrase | Ordinal | Weekday | Month | TimeOfDay | Moment | Length | City | Place | Series | int | str
