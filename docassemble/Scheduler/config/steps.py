# do not pre-load
"""Steps of cron schedules that do not divide their range: `*/40` is minute 0 and 40, and not every 40 minutes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ..core.durations import LONGEST
from ..core.words import listed
from ..schedules.cron.crontab import ALIASES
from .given import Given

#: how many values there are, the first of them, and how long one takes; months and days are of different lengths
_RANGES = {
    "second": (60, 0, timedelta(seconds=1)),
    "minute": (60, 0, timedelta(minutes=1)),
    "hour": (24, 0, timedelta(hours=1)),
    "day": (31, 1, timedelta(days=1)),
    "month": (12, 1, None),
    "weekday": (7, 0, timedelta(days=1)),
}
#: the fields in the order of a crontab expression
_FIELDS = ("second", "minute", "hour", "day", "month", "weekday")
_OTHER_DAY = {"day": "weekday", "weekday": "day"}
_STEP = re.compile(r"(\*|[0-9]{1,2})/([0-9]{1,9})")
#: `-40` of a single field is `*/40` of uWSGI
_DIVISOR = re.compile(r"(?:-|\*/)([0-9]{1,9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Uneven:
    """A step after whose last value the next one comes too soon, or that leaves only one value."""

    given: Given
    field: str
    #: as it is written: `*/40`
    step: str
    #: the values that it comes to: `0,40`
    values: str
    #: the interval that may be meant: `40 minutes`; empty when other fields say that it is not
    every: str = ""
    #: whether the values written out mean the same: not where day and weekday then no longer must both match
    is_list_the_same: bool = True

    @property
    def sentence(self) -> str:
        """What is wrong."""
        numbers = self.values.split(",")
        named = f"{self.field}s {listed(numbers)}" if len(numbers) > 1 else f"{self.field} {self.values} only"
        return f"`{self.step}` is {named}: the step does not divide {_WHOLE[self.field]} evenly."

    @property
    def hint(self) -> str:
        """The way out."""
        evenly = f"Write `every: {self.every}` for an even rhythm." if self.every else ""
        as_it_is = f"Write `{self.values}` if that is meant." if self.is_list_the_same else ""
        return f"{evenly} {as_it_is}".strip()


_WHOLE = {
    "second": "a minute",
    "minute": "an hour",
    "hour": "a day",
    "day": "a month",
    "month": "a year",
    "weekday": "a week",
}


def uneven_steps(given: Mapping[str, Given]) -> Iterator[Uneven]:
    """Find them in the keys of a cron schedule that can be read."""
    if "crontab" in given:
        crontab = given["crontab"]
        text = str(crontab.value).strip()
        parts = ALIASES.get(text.lower(), text).split()
        written = dict(zip(_FIELDS, parts if len(parts) == 6 else ["0", *parts], strict=True))
        found = ((crontab, name, _in_crontab(name, text)) for name, text in written.items())
    else:
        texts = {name: str(each.value).strip() for name, each in given.items()}
        written = {name: texts.get(name, "0" if name == "second" else "*") for name in _FIELDS}
        found = ((each, name, _in_field(name, texts[name])) for name, each in given.items())
    for each, name, step in found:
        if step is not None:
            text, size, values = step
            every = _every(name, size, written) if not text[0].isdigit() else ""
            yield Uneven(
                given=each,
                field=name,
                step=text,
                values=",".join(map(str, values)),
                every=every,
                is_list_the_same=written[_OTHER_DAY.get(name, name)] == "*" or name not in _OTHER_DAY,
            )


def _in_crontab(name: str, text: str) -> tuple[str, int, list[int]] | None:
    """Return the step, its size and its values, where a field is one that does not go round evenly."""
    count, first, _ = _RANGES[name]
    found = _STEP.fullmatch(text)
    if found is None or (size := int(found[2])) < 2 or count % size == 0:
        return None
    start = first if found[1] == "*" else int(found[1])
    return text, size, list(range(start, first + count, size))


def _in_field(name: str, text: str) -> tuple[str, int, list[int]] | None:
    """Do the same by the rule of 0.2.x: every value that n divides."""
    count, first, _ = _RANGES[name]
    found = _DIVISOR.fullmatch(text)
    if found is None or (size := int(found[1])) < 2 or count % size == 0:
        return None
    return text, size, [number for number in range(first, first + count) if number % size == 0]


def _every(name: str, size: int, written: Mapping[str, str]) -> str:
    """Return the interval that is meant when nothing else than the step says when."""
    index = _FIELDS.index(name)
    # a smaller unit is fixed at its beginning, and none that is larger is limited
    if any(written[finer] != "0" for finer in _FIELDS[: min(index, 3)]):
        return ""
    if any(written[coarser] != "*" for coarser in _FIELDS[min(index, 3) :] if coarser != name):
        return ""
    one = _RANGES[name][2]
    return "" if one is None or size > LONGEST / one else f"{size} {'day' if name == 'weekday' else name}s"
