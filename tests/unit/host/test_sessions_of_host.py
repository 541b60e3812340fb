"""What runs an action in a session, in a docassemble that only has that; the real one is in the integration tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any

import pytest

from docassemble.Scheduler.core.errors import RunSkipped
from docassemble.Scheduler.core.session_action import Place
from docassemble.Scheduler.execution.context import running
from docassemble.Scheduler.host import sessions
from docassemble.Scheduler.host.sessions import SessionActionError
from tests.unit.runs import a_run

INTERVIEW = "docassemble.demo:data/questions/questions.yml"
BEGUN = datetime(2026, 1, 1)  # noqa: DTZ001 - as docassemble has it
GIVEN = {
    "interview": INTERVIEW,
    "session": "s1",
    "id": "first",
    "action": "remind",
    "arguments": {"subject": "x"},
    "user": "7",
    "begun": BEGUN.isoformat(),
}
JOB = Place(interview=INTERVIEW, session="s1").job("first")


class DAException(Exception):
    """docassemble's own."""


class DANotFoundError(Exception):
    """docassemble's own."""


@dataclass
class Docassemble:
    #: what reading the session raises
    error: str | None = None
    actions: set[str] | None = field(default_factory=lambda: {"remind"})
    fails: bool = False
    done: list[tuple[Any, ...]] = field(default_factory=list)
    user: str | None = None

    def get_session_variables(self, interview: str, session: str, *, simplify: bool) -> dict[str, Any]:
        if self.error:
            raise DAException(self.error)
        return {"_internal": {"starttime": BEGUN}}

    def run_action_in_session(
        self, interview: str, session: str, action: str, *, arguments: dict[str, Any], overwrite: bool
    ) -> None:
        assert overwrite
        if self.fails:
            raise DAException("failure to assemble interview")
        self.done.append((self.user, interview, session, action, arguments))

    def defines(self, interview: str, action: str) -> bool:
        if self.actions is None:
            raise DANotFoundError("not found")
        return action in self.actions

    @contextmanager
    def acting_as(self, user: str) -> Iterator[None]:
        self.user = user
        yield
        self.user = None


@pytest.fixture
def docassemble(monkeypatch: pytest.MonkeyPatch) -> Docassemble:
    fake = Docassemble()
    contents: dict[str, dict[str, Any]] = {
        "docassemble.base": {},
        "docassemble.base.error": {"DAException": DAException, "DANotFoundError": DANotFoundError},
        "docassemble.base.util": {
            "get_session_variables": fake.get_session_variables,
            "run_action_in_session": fake.run_action_in_session,
        },
    }
    for name, names in contents.items():
        module = ModuleType(name)
        vars(module).update(names)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(sessions, "acting_as", fake.acting_as)
    monkeypatch.setattr(sessions, "defines", fake.defines)
    return fake


def run(job: str = JOB, **given: Any) -> None:
    with running(a_run(name=job)):
        sessions.run(**{**GIVEN, **given})


def test_the_action_runs_in_its_session_as_its_user(docassemble: Docassemble) -> None:
    run()
    assert docassemble.done == [("7", INTERVIEW, "s1", "remind", {"subject": "x"})]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"error": "Unable to decrypt interview dictionary"}, "the session is encrypted"),
        ({"error": "Unable to obtain interview dictionary."}, "the session is no more"),
        ({"actions": set()}, "the interview has no block any more that defines the action"),
        ({"actions": None}, "the interview is no more"),
    ],
)
def test_where_it_makes_no_sense_the_run_is_skipped_for_a_reason(
    docassemble: Docassemble, change: dict[str, Any], reason: str
) -> None:
    vars(docassemble).update(change)
    with pytest.raises(RunSkipped, match=reason):
        run()
    assert docassemble.done == []


def test_a_session_that_was_begun_anew_is_another_one(docassemble: Docassemble) -> None:
    with pytest.raises(RunSkipped, match="begun anew"):
        run(begun="2025-12-31T00:00:00")
    assert docassemble.done == []


def test_what_else_goes_wrong_is_a_failure(docassemble: Docassemble) -> None:
    docassemble.error = "the database is on fire"
    with pytest.raises(DAException):
        run()
    docassemble.error, docassemble.fails = None, True
    with pytest.raises(SessionActionError, match="the action remind failed: DAException"):
        run()


@pytest.mark.parametrize("change", [{"session": "s2"}, {"id": "other"}, {"interview": "other.yml"}])
def test_no_other_job_runs_actions_in_the_sessions_of_others(
    docassemble: Docassemble, change: dict[str, Any]
) -> None:
    with pytest.raises(SessionActionError, match="nothing else"):
        run(**change)
    with pytest.raises(SessionActionError, match="nothing else"):
        run("some job")
    assert docassemble.done == []


def test_nothing_is_run_outside_of_a_job(docassemble: Docassemble) -> None:
    with pytest.raises(SessionActionError):
        sessions.run(**GIVEN)
