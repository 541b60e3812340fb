from __future__ import annotations

import re
from typing import Any

import pytest

from docassemble.Scheduler.tasks import test as tasks


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    lines: list[tuple[object, ...]] = []
    monkeypatch.setattr(tasks, "log", lambda *arguments: lines.append(arguments))
    return lines


def test_heartbeat_logs_the_time(logged: list[tuple[object, ...]]) -> None:
    tasks.heartbeat()
    assert re.fullmatch(r"heartbeat=\d\d\.\d\d\.\d{4} \d\d\.\d\d\.\d\d", str(logged[0][0]))


def test_the_arguments_are_logged_as_the_readme_says(logged: list[tuple[object, ...]]) -> None:
    tasks.test_arbitrary_params("positional_value_1", "positional_value_2", optional_param="optional_value")
    assert logged == [
        ("pargs=('positional_value_1', 'positional_value_2') kwargs={'optional_param': 'optional_value'}",)
    ]


def test_the_long_job_takes_ten_seconds(logged: list[tuple[object, ...]], monkeypatch: Any) -> None:
    monkeypatch.setattr(
        "docassemble.Scheduler.tasks.test.time.sleep", lambda seconds: logged.append(("sleep", seconds))
    )
    tasks.test_long_running()
    assert [line[0] for line in logged] == [
        "Called test_long_running log",
        "sleep",
        "Finished test_long_running log",
    ]
    assert logged[1] == ("sleep", 10)


def test_the_failing_job_logs_a_critical_message_and_fails(logged: list[tuple[object, ...]]) -> None:
    with pytest.raises(Exception, match=r"^Called test_raise_exception exc$"):
        tasks.test_raise_exception()
    assert logged == [("Called test_raise_exception log", "critical")]
