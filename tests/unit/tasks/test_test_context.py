from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from docassemble.Scheduler.tasks import test_context as context


@pytest.fixture(autouse=True)
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(context, "log", lines.append)
    return lines


def test_the_flag_is_true_inside_the_context_only(logged: list[str]) -> None:
    assert context.IN_SCHEDULER_JOB is False
    with context.SchedulerContext():
        assert context.IN_SCHEDULER_JOB is True
    assert context.IN_SCHEDULER_JOB is False
    assert logged == ["SchedulerContext Started!", "SchedulerContext Ended!"]


def test_a_failing_job_resets_the_flag_and_still_fails() -> None:
    with pytest.raises(ZeroDivisionError), context.SchedulerContext():
        raise ZeroDivisionError
    assert context.IN_SCHEDULER_JOB is False


def test_the_inner_of_two_contexts_does_not_reset_the_outer() -> None:
    with context.SchedulerContext():
        with context.SchedulerContext():
            pass
        assert context.IN_SCHEDULER_JOB is True


def test_another_thread_is_not_in_the_job() -> None:
    with ThreadPoolExecutor(1) as page, context.SchedulerContext():
        assert page.submit(lambda: context.IN_SCHEDULER_JOB).result() is False


def test_an_async_job_is_in_the_context() -> None:
    async def job() -> bool:
        return context.IN_SCHEDULER_JOB

    with context.SchedulerContext():
        assert asyncio.run(job()) is True


def test_any_other_name_is_missing_as_in_any_module() -> None:
    with pytest.raises(AttributeError, match=r"test_context' has no attribute 'IN_SCHEDULER'"):
        context.IN_SCHEDULER  # noqa: B018
