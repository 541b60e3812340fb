# do not pre-load
"""Reads the dictionary `reminders` of an interview; everything that is wrong is told together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any

from docassemble.Scheduler.core.errors import DurationError, closest

from .reminder import Channel, Offset, Reminder, ReminderError, read_offset

KEYS = ("description", "date", "when", "at", "template", "email template", "sms template")
_HOUR = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_TEMPLATES = {Channel.EMAIL: "email template", Channel.SMS: "sms template"}


def read_reminders(given: object) -> tuple[Reminder, ...]:
    """Return the reminders of a dictionary by their names.

    Raises ReminderError that names each key and value that is wrong.
    """
    found = plain(given)
    if not isinstance(found, dict) or not found:
        raise ReminderError(
            f"`reminders` must be a dictionary with at least one reminder, and is {_shown(found)}",
            hint="write a `data` block with `variable name: reminders`",
        )
    read: list[Reminder] = []
    wrong: list[str] = []
    for key, value in found.items():
        reading = _Reading(str(key), value)
        read += reading.reminder()
        wrong += reading.wrong
    if wrong:
        raise ReminderError("\n".join(wrong))
    return tuple(read)


def plain(value: object) -> Any:
    """Return dictionaries and lists without docassemble's classes around them."""
    inside = getattr(value, "elements", value)
    if isinstance(inside, Mapping):
        return {key: plain(each) for key, each in inside.items()}
    if isinstance(inside, list | tuple):
        return [plain(each) for each in inside]
    return inside


class _Reading:
    """One reminder, and what is wrong with it."""

    def __init__(self, key: str, value: object) -> None:
        self.key = key
        self.wrong: list[str] = []
        self._value = value

    def reminder(self) -> Iterable[Reminder]:
        """Return the reminder, or nothing."""
        if not isinstance(self._value, dict):
            self._say(
                "", self._value, "is no dictionary: write `description`, `date` and `when` below its name"
            )
            return []
        given = {str(name).replace("_", " "): each for name, each in self._value.items()}
        for name in given.keys() - set(KEYS):
            close = closest(name, KEYS)
            self._say(
                name,
                given[name],
                f"has no meaning: {f'did you mean `{close}`?' if close else ', '.join(KEYS)}",
            )
        reminder = Reminder(
            key=self.key,
            description=self._text(given, "description") or self.key,
            date=self._date(given),
            offsets=self._offsets(given.get("when")),
            hour=self._hour(given.get("at")),
            templates=self._templates(given),
        )
        return [] if self.wrong else [reminder]

    def _date(self, given: Mapping[str, Any]) -> object:
        date = given.get("date")
        if date is None or (isinstance(date, str) and not date.strip()):
            self._say("date", date, "is missing: write the name of a variable with a date, or a date")
        return date.strip() if isinstance(date, str) else date

    def _offsets(self, when: object) -> tuple[Offset, ...]:
        offsets: dict[str, Offset] = {}
        for each in when if isinstance(when, list) else [when]:
            try:
                offset = read_offset(each if isinstance(each, str) else "")
            except DurationError as error:
                self._say("when", each, f"{error}. {error.hint}")
            else:
                offsets[offset.text] = offset
        return tuple(offsets.values())

    def _hour(self, at: object) -> time | None:
        if at is None:
            return None
        if isinstance(at, int) and not isinstance(at, bool) and 0 <= at < 24 * 60:
            return time(at // 60, at % 60)  # YAML reads 10:30 without quotes as the number 630
        found = _HOUR.fullmatch(at.strip()) if isinstance(at, str) else None
        if found is None:
            self._say("at", at, "is no hour: write `09:00`, from `00:00` to `23:59`")
            return None
        return time(int(found[1]), int(found[2]))

    def _templates(self, given: Mapping[str, Any]) -> dict[Channel, str]:
        both = self._text(given, "template")
        named = {channel: self._text(given, key) or both for channel, key in _TEMPLATES.items()}
        return {channel: name for channel, name in named.items() if name}

    def _text(self, given: Mapping[str, Any], name: str) -> str:
        value = given.get(name, "")
        if isinstance(value, str):
            return value.strip()
        self._say(name, value, "must be a text")
        return ""

    def _say(self, name: str, value: object, sentence: str) -> None:
        place = f"reminders[{self.key!r}]" + (f"[{name!r}]" if name else "")
        self.wrong.append(f"{place} {sentence} (it is {_shown(value)})")


def _shown(value: object) -> str:
    return f"{value!r:.100}"
