# do not pre-load
"""The language of the viewer: sentences by the site's words, dates, durations and numbers by Babel."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_timedelta, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit
from markupsafe import Markup, escape

from ...core.durations import SYMBOLS, in_units, largest_unit, listed, short, two_units
from ...core.texts.phrase import (
    PLACEHOLDER,
    City,
    Length,
    Moment,
    Month,
    Ordinal,
    Phrase,
    Place,
    Series,
    TimeOfDay,
    Value,
    Weekday,
)

#: a site whose words have this sentence in a language has our pages in it
PROBE = "Scheduled jobs"
#: nothing longer is the name of a language; the longest that Babel knows has 18 characters
MAX_NAME = 30
_ENGLISH = Locale("en")
_DAY = datetime(2000, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How a viewer reads sentences, dates and numbers."""

    locale: Locale = _ENGLISH
    #: returns the site's translation of a text, or the text
    word: Callable[[str], str] = str

    @classmethod
    def of(cls, name: str, word: Callable[[str], str]) -> Language:
        """Return the language of this name, whatever it is; English when the site has no words of it.

        So a page never mixes languages.
        """
        locale = locale_of(name)
        is_spoken = locale.language == "en" or word(PROBE) != PROBE
        return cls(locale=locale if is_spoken else _ENGLISH, word=word)

    @property
    def is_english(self) -> bool:
        """Whether times and durations are those of the log and the command line."""
        return self.locale.language == "en"

    def say(self, text: str, /, **values: object) -> Markup:
        """Return a sentence as HTML, its `{placeholders}` filled; one that has no value stays as it is."""
        texts = {name: self._as_html(value) for name, value in values.items()}
        return Markup(_filled(str(escape(self.word(text))), texts))  # noqa: S704 - text and values are escaped

    def _as_html(self, value: object) -> str:
        if isinstance(value, str) or not isinstance(value, Value):  # a text may be HTML already
            return str(escape(value))
        return str(escape(self.plain(value)))

    def plain(self, value: Value) -> str:
        """Return a phrase, or the value of one, as text."""
        if isinstance(value, Phrase):
            texts = {name: self.plain(each) for name, each in value.values}
            return _filled(self.word(value.text), texts)
        if isinstance(value, Series):
            return self._listed([self.plain(each) for each in value.items], value.separator)
        return str(value) if self.is_english else self._translated(value)

    def _listed(self, texts: list[str], separator: str) -> str:
        if not separator.isalpha():
            return self.word(separator).join(texts)
        if self.is_english:
            return listed(texts, separator)
        return format_list(texts, "or" if separator == "or" else "standard", locale=self.locale)

    def _translated(self, value: Value) -> str:  # noqa: PLR0911 - one for each kind
        match value:
            case Ordinal():
                return self.number(value.number)
            # not "stand-alone": Babel may return that of another language, which was asked for first
            case Weekday():
                return str(self.locale.days["format"]["wide"][value.number])
            case Month():
                return str(self.locale.months["format"]["wide"][value.number])
            case TimeOfDay():
                at = _DAY.replace(hour=value.hour, minute=value.minute, second=value.second)
                return self.clock(at, ZoneInfo("UTC"), seconds=bool(value.second))
            case Moment():
                seconds = bool(value.at.second)
                return self._joined(
                    self.date(value.at, value.zone), self.clock(value.at, value.zone, seconds=seconds)
                )
            case Length():
                parts = in_units(value.duration)
                return " ".join(
                    format_unit(number, f"duration-{unit}", locale=self.locale) for number, unit in parts
                )
            case City():
                return self._city(value)
            case Place():  # Babel knows countries, and none of their parts
                return str(self.locale.territories.get(value.code, value.name))
        return str(value)

    def _city(self, city: City) -> str:
        try:
            return get_timezone_location(city.zone, locale=self.locale, return_city=True)
        except LookupError:  # a language of which Babel has no names of places
            return str(city)

    def relative(self, at: datetime, now: datetime) -> str:
        """Say how far an instant is from `now`, in the unit that fits: `in 3 minutes`, `2 hours ago`, `now`."""
        count, unit = largest_unit(at - now)
        if count == 0:
            return self.word("now")
        return self._counted(count if at > now else -count, unit, add_direction=True)

    def elapsed(self, duration: timedelta) -> str:
        """Say a duration in the unit that fits: `57 seconds`, `3 hours`."""
        return self._counted(*largest_unit(duration))

    def _counted(self, count: int, unit: str, *, add_direction: bool = False) -> str:
        return format_timedelta(
            timedelta(**{f"{unit}s": count}),
            granularity=unit,  # type: ignore[arg-type]
            threshold=math.inf,  # in this unit, however many there are
            add_direction=add_direction,
            locale=self.locale,
        )

    def short(self, duration: timedelta) -> str:
        """Say how long something took, in two units at most: `12 ms`, `1.2 s`, `5 min 12 s`."""
        if self.is_english:
            return short(duration)
        if duration < timedelta(0):
            return f"-{self.short(-duration)}"
        return " ".join(f"{self.number(number)} {SYMBOLS[unit]}" for number, unit in two_units(duration))

    def exact(self, at: datetime, zone: tzinfo | None) -> str:
        """Say an instant to the second, on the clock of a zone: `Mar 2, 2026, 14:05:09`."""
        return self._joined(self.date(at, zone), self.clock(at, zone, seconds=True))

    def date(self, at: datetime, zone: tzinfo | None) -> str:
        """Say the day of an instant: `Mar 2, 2026`."""
        return format_date(at.astimezone(zone), "medium", locale=self.locale)

    def clock(self, at: datetime, zone: tzinfo | None, *, seconds: bool = False) -> str:
        """Say the time of day of an instant, of 24 hours as in schedules and the log: `14:05`."""
        skeleton = "Hms" if seconds else "Hm"
        return format_skeleton(skeleton, at.astimezone(zone), tzinfo=zone, locale=self.locale)

    def _joined(self, date: str, clock: str) -> str:
        pattern = str(self.locale.datetime_formats["medium"])
        return pattern.replace("{0}", clock).replace("{1}", date)

    def number(self, number: float) -> str:
        """Say a number, to the hundredth: `12,345`, `2.5`."""
        return format_decimal(round(number, 2), locale=self.locale)

    def percent(self, percent: int) -> str:
        """Say a share of a hundred: `99%`."""
        return format_percent(percent / 100, locale=self.locale)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Fill placeholders; a translation can ask for nothing else, and do no harm."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


@lru_cache(maxsize=64)
def locale_of(name: str) -> Locale:
    """Return the locale of a name such as `es`, `pt-br` or `en_US.utf8`; English when Babel knows none."""
    text = name[:MAX_NAME].partition(".")[0].partition("@")[0].replace("-", "_")
    for candidate in (text, text.partition("_")[0]):
        try:
            return Locale.parse(candidate)
        except (ValueError, UnknownLocaleError):
            continue
    return _ENGLISH
