"""A docassemble in a session of an interview, as the include meets it; the real one is in the integration tests."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import docassemble.Scheduler
from tests.unit.runs import a_run


class Missing(NameError):
    """What docassemble raises for a variable without a value."""


class DAErrorMissingVariable(Exception):
    """docassemble's own: no block defines a variable."""

    def __init__(self, variable: str) -> None:
        super().__init__(variable)
        self.variable = variable


@dataclass
class Session:
    """The variables of a session, what is scheduled in it, and what was sent."""

    answers: dict[str, Any] = field(default_factory=dict)
    #: variables that a block of code computes, and those that a question asks for
    computed: dict[str, Any] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    scheduled: dict[str, datetime] = field(default_factory=dict)
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: list[dict[str, Any]] = field(default_factory=list)
    #: what docassemble says when it is to send
    answer: bool = True
    #: whether the scheduler runs an action
    is_due: bool = True
    #: how often something was scheduled or cancelled
    changes: int = 0

    def value(self, name: str) -> Any:
        if name not in self.answers:
            raise Missing(f"name '{name}' is not defined")
        return self.answers[name]

    def template(self, name: str, subject: str, content: str) -> None:
        """Define a template that may use the variables of the session."""
        session = self

        class Template:
            @property
            def subject(self) -> str:
                return subject.format_map(Answers(session))

            @property
            def content(self) -> str:
                return content.format_map(Answers(session))

        self.answers[name] = Template()

    def ask_for(self, missing: str, answers: dict[str, Any], *_: Any, **__: Any) -> dict[str, str]:
        if missing in self.computed:
            answers[missing] = self.computed[missing]
            return {"type": "continue"}
        if missing in self.asked:
            return {"type": "question"}
        raise DAErrorMissingVariable(missing)

    def schedule_action(self, *, action: str, id: str, at: datetime, **arguments: Any) -> str:  # noqa: A002
        assert action == "reminders_send"
        self.changes += 1
        self.scheduled[id] = at
        self.arguments[id] = arguments
        return id

    def cancel_action(self, id_: str) -> bool:
        self.changes += 1
        return self.scheduled.pop(id_, None) is not None

    def scheduled_actions(self) -> list[Any]:
        return [SimpleNamespace(id=id_, due=due) for id_, due in self.scheduled.items()]

    def send_email(self, **message: Any) -> bool:
        self.sent.append({**message, "subject": message["subject"], "html": message["template"].content})
        return self.answer

    def send_sms(self, **message: Any) -> bool:
        self.sent.append(message)
        return self.answer


class Answers(dict[str, Any]):
    """The variables of a session, in the text of a template."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def __getitem__(self, name: str) -> Any:
        return self.session.value(name)


def as_datetime(given: object) -> datetime:
    return given if isinstance(given, datetime) else datetime.fromisoformat(str(given))


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    fake = Session()
    interview = SimpleNamespace(askfor=fake.ask_for)
    contents: dict[str, dict[str, Any]] = {
        "docassemble.base": {},
        "docassemble.base.error": {
            "DAAttributeError": type("DAAttributeError", (AttributeError,), {}),
            "DAIndexError": type("DAIndexError", (IndexError,), {}),
            "DAErrorMissingVariable": DAErrorMissingVariable,
        },
        "docassemble.base.functions": {
            "this_thread": SimpleNamespace(interview=interview, interview_status=None),
            "get_default_timezone": lambda: "",  # no web application
        },
        "docassemble.base.parse": {"extract_missing_name": lambda error: str(error).split("'")[1]},
        "docassemble.base.util": {
            "as_datetime": as_datetime,
            "get_default_timezone": lambda: "Europe/Berlin",
            "phone_number_in_e164": lambda number: number if str(number).startswith("+") else None,
            "send_email": fake.send_email,
            "send_sms": fake.send_sms,
            "server_capabilities": lambda: {"sms": True},
            "showifdef": lambda name, alternative: fake.answers.get(name, alternative),
            "value": fake.value,
        },
    }
    for name, content in contents.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    for name in ("schedule_action", "cancel_action", "scheduled_actions"):
        monkeypatch.setattr(docassemble.Scheduler, name, getattr(fake, name), raising=False)
    from docassemble.Scheduler.reminders import in_session

    monkeypatch.setattr(in_session, "current_run", lambda: a_run() if fake.is_due else None)
    monkeypatch.setattr(in_session, "stop_link", lambda: "https://example.com/stop")
    return fake
