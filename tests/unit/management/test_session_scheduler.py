"""An interview schedules its actions: in its own words, and with an answer to each mistake."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.core.errors import (
    ArgumentError,
    DefinitionError,
    DurationError,
    NotPossible,
    SchedulerError,
)
from docassemble.Scheduler.core.session_action import AHEAD, GRACE, MAX_ACTIONS, PREFIX, Place
from docassemble.Scheduler.management.session_actions import (
    BATCH,
    NearActions,
    PresentSession,
    SessionScheduler,
)
from docassemble.Scheduler.schedules.simple import Date
from tests.unit.management.managers import ALICE, NOON, Management

BERLIN = ZoneInfo("Europe/Berlin")
INTERVIEW = "docassemble.demo:data/questions/questions.yml"
HOUR = timedelta(hours=1)


class Stage(Management):
    """Sessions of an interview, on one server."""

    def session(self, session="s1"):
        place = Place(interview=INTERVIEW, session=session)
        present = PresentSession(
            place=place,
            user="7",
            by=ALICE.name,
            begun="2026-01-01T00:00:00",
            has_action=lambda action: action in {"remind", "warn", "client.remind"},
        )
        return SessionScheduler(
            present, store=self.store, poll=self.poll, clock=self.clock, time_zone="Europe/Berlin"
        )

    def waiting(self):
        return [(each.action.id, each.due) for each in self.store.waiting_actions()]

    def make_jobs(self):
        taken = NearActions(self.store, self.clock).make_jobs()
        self.registry.refresh()
        return taken


def local(*parts):
    return datetime(*parts)  # noqa: DTZ001 - that is what it is about


@pytest.mark.parametrize("delay", ["3 days", 259200, 259200.0, timedelta(days=3), "72 hours"])
def test_an_action_is_scheduled_after_a_delay(delay):
    stage = Stage()
    assert stage.session().schedule_action(delay, "remind", subject="x") == "remind"
    assert stage.waiting() == [("remind", NOON + timedelta(days=3))]


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-12-24 09:00", "2026-12-24T08:00:00"),
        (local(2026, 7, 1, 9), "2026-07-01T07:00:00"),
        (date(2026, 12, 24), "2026-12-23T23:00:00"),
        (datetime(2026, 12, 24, 9, tzinfo=ZoneInfo("America/New_York")), "2026-12-24T14:00:00"),
        ("2026-12-24 09:00 +00:00", "2026-12-24T09:00:00"),
        # just now
        ("2026-03-01 12:57", "2026-03-01T11:57:00"),
    ],
)
def test_a_time_without_a_zone_is_local_in_docassembles(at, due):
    stage = Stage()
    stage.session().schedule_action(action="remind", at=at, id="xmas")
    assert stage.waiting() == [("xmas", datetime.fromisoformat(due).replace(tzinfo=timezone.utc))]


@pytest.mark.parametrize(
    ("when", "first"),
    [
        ({"every": "1 week"}, NOON + timedelta(days=7)),
        ({"delay": "1 hour", "every": "1 week"}, NOON + HOUR),
        ({"at": "2026-03-02 09:00", "every": "1 day"}, NOON + timedelta(hours=20)),
        # the first time has passed, long ago
        ({"at": "2025-06-02 09:00", "every": "1 day"}, NOON + timedelta(hours=20)),
    ],
)
def test_an_action_is_due_again_and_again(when, first):
    stage = Stage()
    stage.session().schedule_action(action="remind", **when)
    assert stage.waiting() == [("remind", first)]


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"delay": "3 days"}, DefinitionError, "`action` is missing"),
        ({"delay": "remind"}, DefinitionError, "`action` is missing"),
        ({"delay": "3 days", "action": 5}, DefinitionError, "`action` is 5, which is no text"),
        ({"delay": "3 days", "action": "remnd"}, DefinitionError, "no block that defines `action` 'remnd'"),
        ({"delay": "3 days", "action": "x" * 101}, DefinitionError, "has 101 characters"),
        ({"action": "remind"}, DefinitionError, "neither `delay` nor `at` nor `every`"),
        ({"action": "remind", "delay": "1 day", "at": "2026-12-24"}, DefinitionError, "`delay` is '1 day'"),
        ({"action": "remind", "delay": "soon"}, DurationError, "`delay` 'soon' is not a duration"),
        ({"action": "remind", "delay": -5}, DurationError, "`delay` -5 is a negative duration"),
        ({"action": "remind", "at": "tomorrow"}, DefinitionError, "`at` 'tomorrow' is not a date and time"),
        ({"action": "remind", "at": 5}, DefinitionError, "`at` 5 is not a date and time"),
        ({"action": "remind", "at": "2026-02-01"}, DefinitionError, "has passed: it is 2026-03-01 13:00 now"),
        ({"action": "remind", "every": "5 seconds"}, DefinitionError, "`every` '5 seconds' is less than"),
        ({"action": "remind", "every": "often"}, DurationError, "`every` 'often' is not a duration"),
        ({"action": "remind", "delay": 5, "id": ""}, DefinitionError, "`id` is ''"),
        ({"action": "remind", "delay": 5, "id": 7}, DefinitionError, "`id` is 7"),
        ({"action": "remind", "delay": 5, "id": " x"}, DefinitionError, "`id` is ' x'"),
        ({"action": "remind", "delay": 5, "id": "a\nb"}, DefinitionError, "`id` is"),
        ({"action": "remind", "delay": 5, "id": "x" * 101}, DefinitionError, "has 101 characters"),
        ({"action": "remind", "delay": 5, "who": object()}, ArgumentError, "who is a object"),
        ({"action": "remind", "delay": 5, "when": date(2026, 1, 1)}, ArgumentError, "when is a date"),
        ({"action": "remind", "delay": 5, "text": "x" * 10_000}, ArgumentError, "more than 10,000"),
        ({"action": "remind", "delay": 5, "n": float("nan")}, ArgumentError, "n is nan"),
    ],
)
def test_a_mistake_is_told_with_the_value_and_the_way_out(given, error, said):
    stage = Stage()
    with pytest.raises(error) as caught:
        stage.session().schedule_action(**given)
    assert said in str(caught.value)
    assert caught.value.hint
    assert stage.waiting() == []


def test_the_names_of_attributes_are_for_docassemble_to_judge():
    stage = Stage()
    stage.session().schedule_action(5, "client.remind")
    assert stage.waiting() == [("client.remind", NOON + timedelta(seconds=5))]


def test_the_same_id_replaces_in_the_same_session_only():
    stage = Stage()
    for session in ("s1", "s2"):
        stage.session(session).schedule_action("1 hour", "remind", id="first")
    stage.session().schedule_action("2 hours", "warn", id="first")
    (found,) = stage.session().scheduled_actions()
    assert (found.id, found.action, found.due, found.every) == ("first", "warn", NOON + 2 * HOUR, None)
    assert found.due.tzinfo == BERLIN
    assert stage.session().cancel_action("first")
    assert not stage.session().cancel_action("first")
    assert [each.action for each in stage.session("s2").scheduled_actions()] == ["remind"]


def test_one_session_has_so_many_actions():
    stage = Stage()
    for number in range(MAX_ACTIONS):
        stage.session().schedule_action("1 hour", "remind", id=str(number))
    with pytest.raises(NotPossible, match="100 actions wait in this session"):
        stage.session().schedule_action("1 hour", "remind", id="another")
    stage.session().schedule_action("2 hours", "remind", id="0")
    stage.session("s2").schedule_action("1 hour", "remind", id="another")


def test_this_process_looks_at_once_only_at_what_is_nearly_due():
    stage = Stage()
    stage.session().schedule_action(AHEAD + timedelta(seconds=1), "remind")
    assert stage.polls == 0
    stage.session().schedule_action(AHEAD, "remind")
    assert stage.polls == 1


def test_an_action_becomes_a_job_with_all_that_it_needs_and_no_session_in_its_name():
    stage = Stage()
    stage.session("secret").schedule_action("1 hour", "remind", id="first", subject="x")
    assert not stage.make_jobs()
    stage.clock.move(HOUR - AHEAD)
    assert stage.make_jobs()
    assert not stage.make_jobs()
    (name,) = stage.registry.jobs.entries
    job = stage.registry.find(name)
    assert name.startswith(PREFIX)
    assert name.endswith(": first")
    assert "secret" not in name + job.description
    assert job.schedule == Date(NOON + HOUR)
    assert (job.misfire_grace_time, job.fixed_arguments, job.run_as) == (GRACE, True, None)
    assert job.kwargs == {
        "interview": INTERVIEW,
        "session": "secret",
        "id": "first",
        "action": "remind",
        "user": "7",
        "begun": "2026-01-01T00:00:00",
        "arguments": {"subject": "x"},
    }
    assert [each.id for each in stage.session("secret").scheduled_actions()] == ["first"]


def test_what_is_due_each_week_keeps_its_hour_and_passes_once_however_long_no_server_was_up():
    stage = Stage()
    stage.session().schedule_action(action="remind", at="2026-03-02 09:00", every="1 week")
    stage.clock.move(timedelta(days=40))  # 10 April: the clocks have been moved meanwhile
    stage.make_jobs()
    (job,) = (entry.job for entry in stage.registry.jobs.entries.values())
    assert job.schedule.at.astimezone(BERLIN) == datetime(2026, 4, 6, 9, tzinfo=BERLIN)
    assert [due.astimezone(BERLIN).hour for _, due in stage.waiting()] == [9]
    (shown,) = stage.session().scheduled_actions()
    assert (shown.due, shown.every) == (datetime(2026, 4, 13, 9, tzinfo=BERLIN), timedelta(days=7))


def test_many_become_jobs_in_portions():
    stage = Stage()
    for number in range(BATCH + 1):
        stage.session(str(number)).schedule_action("1 hour", "remind")
    stage.clock.move(HOUR)
    assert stage.make_jobs()
    assert len(stage.registry.jobs.entries) == BATCH + 1


def test_nobody_can_add_a_job_in_the_place_of_an_action():
    stage = Stage()
    stage.session().schedule_action(5, "remind")
    stage.make_jobs()
    (name,) = stage.registry.jobs.entries
    with pytest.raises(DefinitionError, match="is the name of an action in a session"):
        stage.manager.add(name, {"function": "a.b", "minutes": 5}, ALICE)


@pytest.mark.parametrize("id_", [None, "", 5, "x" * 101])
def test_what_cannot_be_an_id_cannot_be_cancelled(id_):
    with pytest.raises(SchedulerError, match="`id`"):
        Stage().session().cancel_action(id_)


def test_jobs_that_are_actions_are_found_by_name_but_not_among_all():
    stage = Stage()
    stage.session().schedule_action(30, "remind")
    stage.make_jobs()
    (name,) = stage.registry.jobs.entries
    assert [state.name for state in stage.manager.jobs()] == ["minutely", "off"]
    assert [state.name for state in stage.manager.jobs([name])] == [name]
    assert stage.manager.job(name).name == name
    assert name not in stage.manager.names()
    assert {due.job.name for due in stage.manager.upcoming()} == {"minutely"}
    assert [due.at for due in stage.manager.upcoming(job=name)] == [NOON + timedelta(seconds=30)]
