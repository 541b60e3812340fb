"""What is done with sessions, in a docassemble that only has them; the real one is in the integration tests."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from docassemble.Scheduler.core.errors import JobTimeout
from docassemble.Scheduler.tasks import interviews
from docassemble.Scheduler.tasks.interviews import InterviewError

INTERVIEW = "docassemble.demo:data/questions/questions.yml"


class DAException(Exception):
    """docassemble's own."""


@dataclass
class Docassemble:
    """Sessions by their IDs: `open`, `encrypted`, `failing`; and all that is done with them, in order."""

    sessions: dict[str, str] = field(default_factory=dict)
    done: list[tuple[Any, ...]] = field(default_factory=list)
    pages: list[list[str]] | None = None
    #: what an action does besides
    acting: Callable[[], None] = lambda: None

    def get_interview(self, interview: str) -> Any:
        if interview != INTERVIEW:
            raise FileNotFoundError("no such interview")
        return SimpleNamespace(questions={"visit": [], "multi_user": []})

    def interview_list(self, **options: Any) -> tuple[list[dict[str, Any]], str | None]:
        self.done.append(("list", options["filename"], options["user_id"], options["include_dict"]))
        pages = [list(self.sessions)] if self.pages is None else self.pages
        number = int(options["next_id"] or 0)
        infos = [{"session": session, "tags": {session[0]}} for session in pages[number]]
        return infos, str(number + 1) if number + 1 < len(pages) else None

    def get_session_variables(self, interview: str, session: str, **_: Any) -> dict[str, Any]:
        if session not in self.sessions:
            raise DAException("Unable to obtain interview dictionary.")
        if self.sessions[session] == "encrypted":
            raise DAException("Unable to decrypt interview dictionary")
        return {}

    def run_action_in_session(
        self, interview: str, session: str, action: str, *, arguments: dict[str, Any], overwrite: bool
    ) -> None:
        assert overwrite
        self.done.append((action, session, arguments))
        try:
            self.acting()
        except BaseException as error:  # docassemble does this too
            raise DAException(f"failure to assemble interview: {error!r}") from None
        if self.sessions[session] == "failing":
            raise DAException(f"failure to assemble interview: {session} is broken")

    def create_session(self, interview: str, *, secret: str) -> str:
        assert len(secret) == 16
        self.done.append(("create", interview))
        self.sessions["new"] = "encrypted"
        return "new"

    def set_session_variables(
        self, interview: str, session: str, variables: dict[str, Any], *, secret: str, overwrite: bool
    ) -> None:
        assert overwrite
        self.done.append(("set", session, variables))
        if variables.get("multi_user") is True:
            self.sessions[session] = "open"

    def interview_url(self, *, i: str, session: str) -> str:
        return f"https://example.com/interview?i={i}&session={session}"

    def acted(self) -> list[str]:
        """The sessions in which the action was run."""
        return [entry[1] for entry in self.done if entry[0] == "visit"]


@pytest.fixture
def docassemble(monkeypatch: pytest.MonkeyPatch) -> Docassemble:
    fake = Docassemble()
    session = SimpleNamespace(rollback=lambda: fake.done.append(("rollback",)))
    app = SimpleNamespace(extensions={"sqlalchemy": SimpleNamespace(session=session)})
    contents: dict[str, dict[str, Any]] = {
        "docassemble.base": {},
        "docassemble.base.error": {"DAException": DAException},
        "docassemble.base.interview_cache": {"get_interview": fake.get_interview},
        "docassemble.base.util": {
            name: getattr(fake, name)
            for name in (
                "create_session",
                "get_session_variables",
                "interview_list",
                "interview_url",
                "run_action_in_session",
                "set_session_variables",
            )
        }
        | {"DA": SimpleNamespace()},
        "flask": {"current_app": app},
    }
    for name, names in contents.items():
        module = ModuleType(name)
        vars(module).update(names)
        monkeypatch.setitem(sys.modules, name, module)
    return fake


@pytest.fixture(autouse=True)
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(interviews, "log", lambda message, level="info": lines.append(f"{level}: {message}"))
    return lines


def test_the_action_runs_in_every_session_once_however_many_users_it_has(docassemble: Docassemble) -> None:
    docassemble.sessions = dict.fromkeys("abc", "open")
    docassemble.pages = [["a", "b"], ["b", "c"], []]
    assert interviews.run_action(INTERVIEW, "visit") == "visit ran in 3 sessions"
    assert docassemble.acted() == ["a", "b", "c"]
    assert docassemble.done[:3] == [("list", INTERVIEW, "all", False)] * 3


def test_after_each_session_what_it_left_behind_is_rolled_back(docassemble: Docassemble) -> None:
    docassemble.sessions = {"a": "failing", "b": "open"}
    with pytest.raises(InterviewError):
        interviews.run_action(INTERVIEW, "visit", ["a", "b"], {"by": 3})
    assert docassemble.done == [
        ("visit", "a", {"by": 3}),
        ("rollback",),
        ("visit", "b", {"by": 3}),
        ("rollback",),
    ]


def test_encrypted_sessions_are_skipped_and_counted(docassemble: Docassemble) -> None:
    docassemble.sessions = {"a": "encrypted", "b": "open", "c": "encrypted"}
    result = interviews.run_action(INTERVIEW, "visit")
    assert result == "visit ran in 1 session (skipped 2 that cannot be opened: encrypted)"
    assert docassemble.acted() == ["b"]


def test_sessions_that_fail_stop_no_other_and_are_named_in_the_end(
    docassemble: Docassemble, logged: list[str]
) -> None:
    docassemble.sessions = {"a": "failing", "b": "open", "c": "failing", "d": "encrypted"}
    with pytest.raises(InterviewError) as caught:
        interviews.run_action(INTERVIEW, "visit")
    assert str(caught.value) == (
        "visit failed in 2 of 3 sessions (skipped 1 that cannot be opened: encrypted): "
        "a (failure to assemble interview: a is broken), c (failure to assemble interview: c is broken)"
    )
    assert docassemble.acted() == ["a", "b", "c"]
    assert logged == [
        f"error: Session {session}: failure to assemble interview: {session} is broken" for session in "ac"
    ]


def test_of_many_sessions_that_fail_ten_are_named(docassemble: Docassemble, logged: list[str]) -> None:
    docassemble.sessions = {f"s{number}": "failing" for number in range(25)}
    with pytest.raises(InterviewError) as caught:
        interviews.run_action(INTERVIEW, "visit")
    assert str(caught.value).endswith("s9 (failure to assemble interview: s9 is broken), and 15 more")
    assert len(logged) == 25


def test_a_session_that_was_named_must_exist_and_one_that_was_found_may_have_ended_meanwhile(
    docassemble: Docassemble,
) -> None:
    docassemble.sessions = {"a": "open"}
    with pytest.raises(
        InterviewError, match=r"^visit failed in 1 of 2 sessions: gone \(there is no such session\)$"
    ):
        interviews.run_action(INTERVIEW, "visit", ["gone", "a"])
    docassemble.pages = [["gone", "a"]]
    assert interviews.run_action(INTERVIEW, "visit") == "visit ran in 1 session"


def test_no_session_is_no_session_and_not_all_of_them(docassemble: Docassemble) -> None:
    docassemble.sessions = {"a": "open"}
    assert interviews.run_action(INTERVIEW, "visit", []) == "visit ran in 0 sessions"
    assert docassemble.acted() == []


def test_only_for_tags_the_answers_of_all_sessions_are_read(docassemble: Docassemble) -> None:
    docassemble.sessions = {"alpha": "open", "beta": "open"}
    assert interviews.run_action(INTERVIEW, "visit", {"tag": "b"}) == "visit ran in 1 session"
    assert docassemble.done[0] == ("list", INTERVIEW, "all", True)
    assert docassemble.acted() == ["beta"]


def test_an_interview_or_action_that_does_not_exist_is_named(docassemble: Docassemble) -> None:
    with pytest.raises(
        InterviewError, match=r"interview nix\.yml cannot be loaded: FileNotFoundError: no such"
    ):
        interviews.run_action("nix.yml", "visit")
    with pytest.raises(InterviewError, match="has no block that defines the action vist"):
        interviews.run_action(INTERVIEW, "vist")
    assert docassemble.done == []


@pytest.mark.parametrize("action", ["client.name", "children[0]", "_da_list_add"])
def test_what_docassemble_finds_in_other_ways_is_left_to_it(docassemble: Docassemble, action: str) -> None:
    docassemble.sessions = {"a": "open"}
    assert interviews.run_action(INTERVIEW, action) == f"{action} ran in 1 session"


@pytest.mark.parametrize("force", [False, True])
def test_a_run_that_is_stopped_goes_on_to_no_other_session(
    docassemble: Docassemble, stoppable: Callable[[Callable[[], object]], Any], force: bool
) -> None:
    docassemble.sessions = dict.fromkeys("abc", "open")
    acting, stopping = threading.Event(), threading.Event()

    def act() -> None:
        acting.set()
        while not stopping.wait(0.01):
            pass

    docassemble.acting = act
    job = stoppable(lambda: interviews.run_action(INTERVIEW, "visit"))
    assert acting.wait(10)
    then = (lambda: None) if force else stopping.set
    assert isinstance(job.stop(force=force, then=then), JobTimeout)
    assert docassemble.acted() == ["a"]


def test_a_session_is_started_with_variables_and_its_link_is_the_result(docassemble: Docassemble) -> None:
    variables = {"multi_user": True, "visits": 3}
    link = interviews.start(INTERVIEW, variables)
    assert link == f"https://example.com/interview?i={INTERVIEW}&session=new"
    assert docassemble.done == [("create", INTERVIEW), ("set", "new", variables)]


def test_a_session_that_nobody_could_open_fails_the_run(docassemble: Docassemble) -> None:
    with pytest.raises(InterviewError, match="are encrypted, so nobody could open"):
        interviews.start(INTERVIEW, {"visits": 3})


def test_no_session_is_started_of_an_interview_that_never_says_multi_user(
    docassemble: Docassemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = SimpleNamespace(questions={"visit": []})
    monkeypatch.setattr(sys.modules["docassemble.base.interview_cache"], "get_interview", lambda _: loaded)
    with pytest.raises(InterviewError, match="put it into `variables`"):
        interviews.start(INTERVIEW)
    assert docassemble.done == []
