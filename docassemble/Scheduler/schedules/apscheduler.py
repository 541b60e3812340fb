# do not pre-load
"""APScheduler 3 triggers as schedules: pure functions of an instant, anchored at the epoch and not at "now".

APScheduler is optional and only imported when a trigger is built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from ..core.clock import RESOLUTION
from ..core.durations import MAX_DURATION
from ..core.errors import ScheduleError
from ..core.job import Schedule
from ..core.texts.phrase import Phrase, zone_name
from .instants import offset_periods_from, to_utc
from .modifiers import And, Bounded, Or
from .simple import Date, Interval

GROUP = "apscheduler.triggers"
PIP_NAME = "apscheduler>=3.10,<4"
MINUTE = timedelta(minutes=1)
#: of these parameters one must be there, else APScheduler makes up an answer ("now", "each second")
NEEDED = {"date": ("run_date",), "interval": ("weeks", "days", "hours", "minutes", "seconds")}
#: where a trigger counts from that would else count from the moment of its creation
FIRST_DAY = date(1970, 1, 1)
#: after this nothing is due: APScheduler searches on to the year 9999, or without end
LAST_DAY = date(2200, 1, 1)
#: before this no trigger is asked
DAWN = datetime(1969, 1, 1, tzinfo=timezone.utc)


class ApschedulerTrigger(Protocol):
    """What an APScheduler 3 trigger can answer."""

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        """Return the first fire time from `now` on, given that it fired at `previous_fire_time`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggered:
    """Due when a trigger fires that never hears about its earlier fire times (`cron`, and others' triggers).

    APScheduler's `cron` can leave out the day after the zone's clock was moved (3.11.3: midnight after the
    spring gap), so it is asked again from each move of the clock. Nothing is due before 1970.
    """

    #: what the trigger says about itself; equal texts, equal schedules
    text: str
    zone: tzinfo
    trigger: ApschedulerTrigger = field(compare=False, repr=False)
    #: the last answer, and from which instant on it holds: a rare fire time takes APScheduler long to find
    known: list[tuple[datetime, datetime | None]] = field(default_factory=list, compare=False, repr=False)

    @property
    def description(self) -> Phrase:
        """The trigger in words: its own."""
        return _described(self.trigger, self.zone)

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the trigger's first fire time strictly after `instant`."""
        now = max(to_utc(instant) + RESOLUTION, DAWN)
        for since, due in self.known:
            if since <= now and (due is None or now <= due):
                return due
        due = self._found(now)
        self.known[:] = [(now, due)]
        return due

    def _found(self, now: datetime) -> datetime | None:
        due = self._asked(now)
        for period in offset_periods_from(self.zone, now.replace(tzinfo=None)):
            moved = period.start.replace(tzinfo=timezone.utc)
            if due is None or moved >= due:
                break
            if moved > now:
                due = min(due, self._asked(moved) or due)
        return due

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return the trigger's last fire time at or before `instant`: doubling back, then bisecting."""
        instant = to_utc(instant)
        back = MINUTE
        while (found := self._due_by(instant, instant - back)) is None:
            back *= 2
            if instant - back < DAWN:
                found = self._due_by(instant, DAWN)
                break
        after = instant
        while found is not None and (later := self._due_by(instant, found)) is not None:
            middle = later + (after - later) / 2
            found = self._due_by(instant, middle)
            if found is None:
                after, found = middle, later
        return found

    def _asked(self, now: datetime) -> datetime | None:
        due = self.trigger.get_next_fire_time(None, now.astimezone(self.zone))
        return None if due is None else to_utc(due)

    def _due_by(self, end: datetime, start: datetime) -> datetime | None:
        """Return the first fire time after `start`, if it is not after `end`."""
        due = self.next_after(start)
        return due if due is not None and due <= end else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendared:
    """Due when a `calendarinterval` trigger fires, counted on from its start date."""

    #: what the trigger says about itself; equal texts, equal schedules
    text: str
    zone: tzinfo
    trigger: Any = field(compare=False, repr=False)

    @property
    def description(self) -> Phrase:
        """The trigger in words: its own."""
        return _described(self.text, self.zone)

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the trigger's first fire time strictly after `instant`."""
        instant = to_utc(instant)
        return next((due for due in self._dues(instant) if due > instant), None)

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return the trigger's last fire time at or before `instant`."""
        instant = to_utc(instant)
        latest = None
        for due in self._dues(instant):
            if due > instant:
                break
            latest = due
        return latest

    def _dues(self, instant: datetime) -> Iterator[datetime]:
        """Yield the fire times, from a few before `instant` on."""
        previous: date | None = self._link(min(instant.astimezone(self.zone).date(), LAST_DAY))
        while (due := self.trigger.get_next_fire_time(previous, instant)) is not None:
            yield to_utc(due)
            previous = due.astimezone(self.zone)

    def _link(self, day: date) -> date | None:
        """Return a date of the chain some links before `day`, to walk on from; None for its start.

        Three links back, so that one that the clock skipped does not hide the latest fire time.
        """
        start: date = self.trigger.start_date
        months = self.trigger.years * 12 + self.trigger.months
        days = self.trigger.weeks * 7 + self.trigger.days
        if not months:
            links = (day - start).days // days - 3
            return start + timedelta(days=links * days) if links > 0 else None
        if days:
            return None
        links = ((day.year - start.year) * 12 + day.month - start.month) // months
        dates = (_months_after(start, link * months) for link in range(links - 1, 0, -1))
        existing = (link for link in dates if link is not None)
        return next((link for count, link in enumerate(existing) if count == 2), None)


def from_trigger(trigger: str, params: Mapping[str, Any], zone: ZoneInfo) -> Schedule:
    """Return the schedule of an APScheduler 3 trigger, named by its alias (`cron`, `interval`, `date`, ...).

    `zone` is its time zone unless `params` has a `timezone`. `and` and `or` take `triggers`, a list of
    mappings with `trigger` and `params`.
    Raises ScheduleError: no such trigger, bad parameters, never fires, or APScheduler is not installed.
    """
    schedule = _unchecked(trigger, params, zone)
    if schedule.next_after(DAWN) is None:
        raise ScheduleError(f"The trigger `{trigger}` never fires.", hint="Check its parameters.")
    return schedule


def _unchecked(alias: str, params: Mapping[str, Any], zone: ZoneInfo) -> Schedule:
    if params.get("jitter"):
        raise ScheduleError(
            f"The trigger `{alias}` has a `jitter`, which is random: each server would have its own.",
            hint="Use the `jitter` of the job instead.",
        )
    kind = _trigger_class(alias)
    if alias in ("and", "or"):
        members = tuple(_member(alias, member, zone) for member in _members(alias, params))
        return And(members) if alias == "and" else Or(members)
    if alias in NEEDED and not any(params.get(name) for name in NEEDED[alias]):
        raise ScheduleError(
            f"The trigger `{alias}` does not say when.", hint=f"It needs {' or '.join(NEEDED[alias])}."
        )
    if alias in ("interval", "calendarinterval"):
        params = {"start_date": FIRST_DAY, **params}
    try:
        trigger = kind(**{"timezone": zone, **params})
    except (TypeError, ValueError, LookupError, OverflowError) as error:
        raise ScheduleError(
            f"APScheduler refuses the parameters of the trigger `{alias}`: {error}.",
            hint="They are described in the user guide of APScheduler 3.",
        ) from error
    return _wrapped(alias, trigger)


def _wrapped(alias: str, trigger: Any) -> Schedule:
    if alias == "date":
        return Date(trigger.run_date)
    if alias == "interval":
        return Bounded(Interval(trigger.interval, trigger.start_date), trigger.start_date, trigger.end_date)
    text, zone = repr(trigger), getattr(trigger, "timezone", timezone.utc)
    if alias == "calendarinterval":
        _check_period(trigger)
        trigger.end_date = min(trigger.end_date or LAST_DAY, LAST_DAY)
        return Calendared(text=text, zone=zone, trigger=trigger)
    if alias == "cron":
        last = datetime.combine(LAST_DAY, time(), timezone.utc)
        trigger.end_date = min(trigger.end_date or last, last)
    return Triggered(text=text, zone=zone, trigger=trigger)


def _check_period(trigger: Any) -> None:
    """Raise ScheduleError for a period after which no date may follow."""
    if trigger.years * 12 + trigger.months > 1200 or trigger.weeks * 7 + trigger.days > MAX_DURATION.days:
        raise ScheduleError("The interval is longer than 100 years.", hint="Make it shorter.")


def _members(alias: str, params: Mapping[str, Any]) -> list[Any]:
    members = params.get("triggers")
    if not isinstance(members, list) or not members:
        raise ScheduleError(
            f"The trigger `{alias}` needs `triggers`, a list.",
            hint="Each item has a `trigger` and its `params`.",
        )
    return members


def _member(alias: str, member: object, zone: ZoneInfo) -> Schedule:
    if not isinstance(member, Mapping) or not isinstance(member.get("trigger"), str):
        raise ScheduleError(
            f"`{member}` in the `triggers` of `{alias}` is not a trigger.",
            hint="Write `trigger: cron` and `params: {hour: 4}`.",
        )
    return from_trigger(member["trigger"], member.get("params") or {}, zone)


def _trigger_class(alias: str) -> Any:
    """Return the class that APScheduler lists under this alias."""
    try:
        entries = {
            entry.name: entry for entry in distribution("apscheduler").entry_points.select(group=GROUP)
        }
    except PackageNotFoundError as error:
        raise ScheduleError(
            "APScheduler is not installed.", hint=f"Install the Python package `{PIP_NAME}`."
        ) from error
    if alias not in entries:
        raise ScheduleError(
            f"APScheduler has no trigger `{alias}`.",
            hint=f"It has {', '.join(sorted(entries)) or f'none; install `{PIP_NAME}`'}.",
        )
    return entries[alias].load()


def _described(trigger: object, zone: tzinfo) -> Phrase:
    where = zone_name(zone) if isinstance(zone, ZoneInfo) else str(zone)
    return Phrase.of("APScheduler's {trigger}, {zone}", trigger=str(trigger), zone=where)


def _months_after(day: date, months: int) -> date | None:
    years, month = divmod(day.month - 1 + months, 12)
    try:
        return date(day.year + years, month + 1, day.day)
    except ValueError:
        return None
