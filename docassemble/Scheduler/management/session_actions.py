# do not pre-load
"""Actions in sessions of interviews: scheduled by the interview, and made jobs shortly before they are due."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..config.codes import InvalidValue
from ..config.values.times import moment, to_utc
from ..core.clock import RESOLUTION, Clock
from ..core.durations import parse_duration
from ..core.errors import ArgumentError, DefinitionError, DurationError, NotPossible
from ..core.job import Job
from ..core.session_action import (
    AHEAD,
    FUNCTION,
    MAX_ACTIONS,
    MAX_ARGUMENTS,
    MAX_ID,
    Place,
    SessionAction,
)
from ..core.texts.excerpt import quoted
from ..core.texts.storable import flaw
from ..execution.arguments import check
from ..schedules.local_interval import repeated
from ..schedules.simple import Date
from ..store.base import Store, TakenAction, WaitingAction
from .drafts.job_options import Duration, Moment

#: the shortest time after which an action is due again
SHORTEST = timedelta(minutes=1)
#: a time that has passed no longer ago than this means now
JUST_NOW = timedelta(minutes=5)
#: so many actions become jobs in one transaction
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentSession:
    """The session that the calling code is in, as docassemble has it."""

    place: Place
    #: docassemble's number of its user; of somebody who is not signed in, `t` and a number
    user: str
    #: the user's e-mail address, or what stands for it on record
    by: str
    #: when the session was begun
    begun: str
    #: whether a block of the interview defines the variable that an action names
    has_action: Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledAction:
    """An action that is to run in a session, as its interview sees it."""

    id: str
    action: str
    #: when it is due next, in docassemble's time zone
    due: datetime
    #: after how long it is due again; None = never
    every: timedelta | None
    arguments: Mapping[str, Any]


class SessionScheduler:
    """Schedules actions in one session."""

    def __init__(
        self,
        session: PresentSession,
        *,
        store: Store,
        poll: Callable[[], None],
        clock: Clock,
        time_zone: str,
    ) -> None:
        """`poll` has this process look at once at what is due; `time_zone` is docassemble's."""
        self._session = session
        self._store = store
        self._poll = poll
        self._clock = clock
        self._time_zone = time_zone

    def schedule_action(
        self,
        delay: Duration | None = None,
        action: str | None = None,
        *,
        id: str | None = None,  # noqa: A002 - that is what it is
        at: Moment | None = None,
        every: Duration | None = None,
        **arguments: Any,
    ) -> str:
        """Let an action wait until it is due, in the place of the one with its id; return the id."""
        now = self._clock.now()
        name = self._action(action)
        period = None if every is None else _period(every)
        first = self._first(delay, at, period, now)
        scheduled = SessionAction(
            interview=self._session.place.interview,
            session=self._session.place.session,
            id=_checked_id(name if id is None else id),
            action=name,
            arguments=_checked_arguments(arguments),
            user=self._session.user,
            begun=self._session.begun,
            first=first,
            every=None if period is None else period.total_seconds(),
            time_zone=self._time_zone,
        )
        if not self._store.schedule_action(scheduled, now=now, by=self._session.by, most=MAX_ACTIONS):
            raise NotPossible(
                f"{MAX_ACTIONS} actions wait in this session, and more are not kept",
                hint="give an `id`, so that an action is replaced; or take one away with `cancel_action`",
            )
        if first - now <= AHEAD:
            self._poll()
        return scheduled.id

    def cancel_action(self, id: str) -> bool:  # noqa: A002 - as above
        """Take the action with this id away; False when there is none."""
        return self._store.cancel_action(self._session.place.job(_checked_id(id)), self._clock.now())

    def scheduled_actions(self) -> list[ScheduledAction]:
        """Return the actions of this session that are still to be run, by their due times."""
        now, zone = self._clock.now(), ZoneInfo(self._time_zone)
        found = [(next_due(each, now), each.action) for each in self._store.actions_of(self._session.place)]
        return [
            ScheduledAction(
                id=action.id,
                action=action.action,
                due=due.astimezone(zone),
                every=None if action.every is None else timedelta(seconds=action.every),
                arguments=action.arguments,
            )
            for due, action in sorted(found, key=lambda each: (each[0], each[1].id))
        ]

    def _action(self, action: object) -> str:
        if not isinstance(action, str) or not action.strip():
            given = "is missing" if action is None else f"is {quoted(action)}, which is no text"
            raise DefinitionError(
                f"`action` {given}",
                hint="write the name of an event of the interview, "
                'such as schedule_action("3 days", "send_reminder")',
            )
        if problem := flaw(action, MAX_ID):
            raise DefinitionError(f"`action` {quoted(action)} {problem.reason}", hint=problem.hint)
        if not self._session.has_action(action):
            raise DefinitionError(
                f"the interview {self._session.place.interview} has no block that defines `action` {quoted(action)}",
                hint=f"write one that begins with `event: {action[:MAX_ID]}`, or correct the name",
            )
        return action

    def _first(
        self, delay: Duration | None, at: Moment | None, period: timedelta | None, now: datetime
    ) -> datetime:
        """Return the first due time."""
        if delay is not None and at is not None:
            raise DefinitionError(
                f"`delay` is {quoted(delay)} and `at` is {quoted(at)}", hint="give only one of them"
            )
        if at is not None:
            return self._instant(at, period, now)
        if delay is not None:
            return now + _duration("delay", delay)
        if period is None:
            raise DefinitionError(
                "neither `delay` nor `at` nor `every` says when the action is due",
                hint='write schedule_action("3 days", ...), at="2027-03-28 14:30" or every="1 week"',
            )
        return now + period

    def _instant(self, at: Moment, period: timedelta | None, now: datetime) -> datetime:
        try:
            first = to_utc(moment(at), ZoneInfo(self._time_zone))
        except InvalidValue as error:
            raise DefinitionError(f"`at` {quoted(at)} {error}", hint=error.hint) from error
        if first >= now - JUST_NOW:
            return first
        if period is not None:
            # that was the first time; what counts is the next one
            return repeated(period, first, self._time_zone).next_after(now) or first
        raise DefinitionError(
            f"`at` {quoted(at)} has passed: it is {now.astimezone(ZoneInfo(self._time_zone)):%Y-%m-%d %H:%M} now",
            hint=f"give a time that is to come; without a zone it is local in {self._time_zone}",
        )


class NearActions:
    """Makes jobs of the actions that are nearly due; used by all threads of a process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def make_jobs(self) -> bool:
        """Make jobs of actions that are nearly due; return whether there were any. Raises StoreUnavailable."""
        any_taken = False
        while True:
            now = self._clock.now()
            near = self._store.near_actions(now, BATCH)
            if near:
                self._store.make_jobs_of([taken(each, now) for each in near], now)
                any_taken = True
            if len(near) < BATCH:
                return any_taken


def taken(waiting: WaitingAction, now: datetime) -> TakenAction:
    """Return the job that an action becomes at `now`: one for its due time, or for the last of several that passed."""
    action, due, following = waiting.action, waiting.due, None
    schedule = _schedule(action)
    if schedule is not None:
        due = max(due, schedule.latest_at(now) or due)
        following = schedule.next_after(due)
    job = Job(name=action.job, function=FUNCTION, type="date", schedule=Date(due))
    return TakenAction(
        waiting=waiting,
        job=job,
        definition=json.dumps(action.definition(due)),
        since=due - RESOLUTION,
        following=following,
    )


def next_due(waiting: WaitingAction, now: datetime) -> datetime:
    """Return when an action is due next; it may have become a job, and not have run yet."""
    schedule = _schedule(waiting.action)
    return waiting.due if schedule is None else min(waiting.due, schedule.next_after(now) or waiting.due)


def _schedule(action: SessionAction) -> Any:
    """Return when an action is due; None when it is due once."""
    if action.every is None:
        return None
    return repeated(timedelta(seconds=action.every), action.first, action.time_zone)


def _duration(name: str, value: Duration) -> timedelta:
    try:
        return parse_duration(value.total_seconds() if isinstance(value, timedelta) else value)
    except DurationError as error:
        raise DurationError(f"`{name}` {quoted(value)} {error}", hint=error.hint) from error


def _period(every: Duration) -> timedelta:
    period = _duration("every", every)
    if period < SHORTEST:
        raise DefinitionError(f"`every` {quoted(every)} is less than a minute", hint="make it longer")
    return period


def _checked_id(id_: object) -> str:
    if not isinstance(id_, str) or not id_.strip() or id_ != id_.strip() or not id_.isprintable():
        raise DefinitionError(
            f"`id` is {quoted(id_)}",
            hint=f"give a text of 1 to {MAX_ID} visible characters, the first and the last no space",
        )
    if problem := flaw(id_, MAX_ID):
        raise DefinitionError(f"`id` {quoted(id_)} {problem.reason}", hint=problem.hint)
    return id_


def _checked_arguments(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, value in arguments.items():
        check(value, name)
    size = len(json.dumps(arguments))
    if size > MAX_ARGUMENTS:
        raise ArgumentError(
            "the arguments",
            f"are {size:,} characters as JSON, more than {MAX_ARGUMENTS:,}",
            hint="pass less: the action has all variables of the session",
        )
    return dict(arguments)
