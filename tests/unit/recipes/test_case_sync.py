"""What becomes of a synchronisation that is cut off, told to stop, kept waiting, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import requests

from docassemble.Scheduler.core.run import StopReason
from docassemble.Scheduler.execution.cancellation import CancelToken
from docassemble.Scheduler.execution.context import running
from tests.integration.case_service import TOKEN, CaseService
from tests.unit.runs import a_run


@pytest.fixture
def service(config: dict[str, Any]) -> Iterator[CaseService]:
    with CaseService() as service:
        config["case management"] = {"url": service.url, "token": TOKEN}
        yield service


@pytest.fixture
def module(recipe: Any) -> ModuleType:
    found: ModuleType = recipe("case_sync")
    return found


def sync(module: ModuleType, stop: CancelToken | None = None) -> str:
    with running(a_run(), stop):
        return str(module.sync())


def test_what_was_received_is_not_asked_for_again(module: ModuleType, service: CaseService) -> None:
    for number in range(5):
        service.change(f"case {number}", phone=str(number))
    assert sync(module) == "0 sent, 5 received"
    assert [module.get_case(f"case {number}") for number in range(5)] == [
        {"phone": str(number)} for number in range(5)
    ]
    assert sync(module) == "0 sent, 0 received"
    assert service.answers == [("GET", 200)] * 4, "three pages of two, then one of none"


def test_changes_are_sent_in_the_order_in_which_they_were_made(
    module: ModuleType, service: CaseService
) -> None:
    service.change("26 é?", phone="")
    for number in range(12):
        module.change_case("26 é?", {"phone": str(number)})
    assert sync(module).startswith("12 sent")
    assert service.cases["26 é?"] == {"phone": "11"}


def test_a_run_that_dies_before_it_forgets_a_change_makes_it_once(
    module: ModuleType, service: CaseService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.change("1", phone="")
    module.change_case("1", {"phone": "2"})
    with monkeypatch.context() as patch:
        patch.setattr(module.changes, "delete", dies)
        with pytest.raises(KeyboardInterrupt):
            sync(module)
    assert sync(module) == "1 sent, 2 received"
    assert service.answers.count(("PATCH", 204)) == 2
    assert len(service.taken) == 1


def test_a_run_that_dies_within_a_page_receives_it_again(
    module: ModuleType, service: CaseService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.change("1", phone="2")
    with monkeypatch.context() as patch:
        patch.setattr(module.cases, "set", dies)
        with pytest.raises(KeyboardInterrupt):
            sync(module)
    assert sync(module) == "0 sent, 1 received"
    assert module.get_case("1") == {"phone": "2"}


def test_a_run_that_is_to_stop_leaves_all_to_the_next_one(module: ModuleType, service: CaseService) -> None:
    service.change("1", phone="")
    module.change_case("1", {"phone": "2"})
    stop = CancelToken()
    stop.request(StopReason.TIMEOUT)
    assert sync(module, stop) == "0 sent, 0 received"
    assert service.answers == []
    assert sync(module) == "1 sent, 2 received"


def test_a_service_that_is_busy_for_long_is_left_alone(module: ModuleType, service: CaseService) -> None:
    service.troubles, service.retry_after = [429], "3600"
    with pytest.raises(requests.HTTPError, match="429"):
        sync(module)
    assert service.answers == [("GET", 429)]


def test_what_the_service_fails_to_do_is_not_taken_for_done(module: ModuleType, service: CaseService) -> None:
    service.change("1", phone="")
    module.change_case("1", {"phone": "2"})
    service.troubles = [500]
    with pytest.raises(requests.HTTPError, match="500"):
        sync(module)
    assert service.answers == [("PATCH", 500)]
    assert sync(module) == "1 sent, 2 received"


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_change_that_is_refused_is_named_and_kept_and_the_others_are_made(
    module: ModuleType, service: CaseService, status: int
) -> None:
    service.change("1", phone="")
    module.change_case("odd", {"phone": "1"})
    module.change_case("1", {"phone": "2"})
    service.troubles = [status]
    with pytest.raises(RuntimeError, match=f"refused, and kept: case odd: {status} later"):
        sync(module)
    assert service.cases["1"] == {"phone": "2"}
    assert [change["case"] for change in module.changes.values.values()] == ["odd"]
    assert module.get_case("1") == {"phone": "2"}, "what is new was received all the same"


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (None, "has no section `case management`"),
        ("a text", "has no section `case management`"),
        ({"url": "http://localhost"}, "lacks token"),
        ({"url": "", "token": None}, "lacks url, token"),
    ],
)
def test_a_configuration_that_lacks_something_is_said(
    module: ModuleType, config: dict[str, Any], section: object, said: str
) -> None:
    config["case management"] = section
    with pytest.raises(RuntimeError, match=said):
        sync(module)


def dies(*_: object) -> None:
    raise KeyboardInterrupt
