"""Reasons of records are recognised, whoever wrote them, and said in the viewer's language."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core import decision, retry
from docassemble.Scheduler.core.decision import State, decide
from docassemble.Scheduler.core.errors import SchedulerError
from docassemble.Scheduler.core.job import Missed, Overlap
from docassemble.Scheduler.core.run import Outcome, Status, StopReason
from docassemble.Scheduler.core.session_action import NotRun
from docassemble.Scheduler.core.texts.phrase import Phrase
from docassemble.Scheduler.execution import executor
from docassemble.Scheduler.management.permissions import code
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.base import NOT_CARRIED_OUT, ClaimRequest
from docassemble.Scheduler.testing import job
from docassemble.Scheduler.web.dashboard import presentation
from docassemble.Scheduler.web.dashboard.jobs.bulk import act_on
from docassemble.Scheduler.web.dashboard.sentences import ANSWERS, REASONS, recognised
from tests.unit.management.managers import BOB, FUNCTION, Management
from tests.unit.management.managers import NOON as NOON_OF_MARCH
from tests.unit.web.views import HOUR, NOON

CODE = code("op")
BLOCK = {
    "minutely": {"function": FUNCTION, "minutes": 1},
    "off": {"function": FUNCTION, "minutes": 1, "enabled": False},
}
HOURLY = job("a.job", Interval(HOUR), overlap=Overlap.SKIP)


def decided(job=HOURLY, now=NOON, **state):
    """Return the reasons of due times that end without a run."""
    found = decide(job, State(**{"cursor": NOON - 5 * HOUR, **state}), now)
    return {each.reason for each in found.unrun}


@pytest.mark.parametrize(
    "reasons",
    [
        {reason.value for reason in StopReason},
        {reason.value for reason in NotRun},
        {retry.DIED, retry.GIVEN_BACK, retry.KILLED, retry.NOT_TAKEN, NOT_CARRIED_OUT},
        decided(resumed_at=NOON),
        decided(cursor=NOON - HOUR, busy_since=NOON - 2 * HOUR),
        decided(replace(HOURLY, lock="a {lock}"), cursor=NOON - HOUR, locked_since=NOON - 2 * HOUR),
        decided(replace(HOURLY, missed=Missed.ONCE)),
        decided(replace(HOURLY, missed=Missed.SKIP), now=NOON + HOUR / 2),
        {"`only if: flags.on` said no"},
    ],
)
def test_each_reason_that_a_record_can_have_is_known(reasons):
    assert reasons
    for reason in reasons:
        said = recognised(reason)
        assert isinstance(said, Phrase), reason
        assert str(said) == reason


def test_each_known_reason_is_one_that_the_code_has():
    code = "".join(Path(each.__file__).read_text(encoding="utf-8") for each in (decision, retry, executor))
    code += (
        "".join(reason.value for reason in (*StopReason, *NotRun))
        + NOT_CARRIED_OUT
        + Path(presentation.__file__).read_text(encoding="utf-8")
    )
    for reason in REASONS:
        fixed = max(re.split(r"\{\w+\}", reason), key=len)
        assert fixed in code, reason


@given(st.text(), st.sampled_from([*REASONS, *ANSWERS]), st.text(min_size=1))
def test_what_is_recognised_is_said_in_the_same_words(text, reason, value):
    assert str(recognised(text)) == text
    filled = re.sub(r"\{\w+\}", lambda _: value, reason)
    assert str(recognised(filled)) == filled


def test_what_others_wrote_is_left_as_it_is():
    assert recognised("ValueError: the job is paused") == "ValueError: the job is paused"
    assert recognised("the due time " + "x" * 2000 + " stands for it").startswith("the due time")


def answers():
    """Yield errors that buttons have, each made by what raises it."""
    management = Management(block=BLOCK)
    manager, store = management.manager, management.store
    due = NOON_OF_MARCH + timedelta(minutes=1)
    (claim,) = store.claim([ClaimRequest(management.registry.find("minutely"))], due)
    running, long_ago = claim.run.id, NOON_OF_MARCH - timedelta(days=1)
    yield lambda: manager.run_now("minutly", CODE)
    yield lambda: manager.run_now("nothing like it at all", CODE)
    yield lambda: manager.run("0" * 32)
    yield lambda: manager.run_now("off", CODE)
    yield lambda: manager.retry(running, CODE)
    yield lambda: manager.ask_where(running, BOB)
    yield lambda: manager.backfill("minutely", long_ago, None, CODE)
    yield lambda: manager.backfill("minutely", long_ago - timedelta(days=30), None, CODE)
    yield lambda: manager.cancel("minutely", CODE)
    yield lambda: act_on("pause", [], manager, CODE)
    yield lambda: act_on("pause", [str(number) for number in range(201)], manager, CODE)
    yield lambda: paused(management, lambda: manager.resume("minutely", CODE))
    yield lambda: failed_and_paused(management, claim.run)
    yield lambda: unknown_to_servers()


def paused(management, do):
    management.manager.pause_all(CODE)
    try:
        do()
    finally:
        management.manager.resume_all(CODE)


def failed_and_paused(management, run):
    ended = Outcome(status=Status.FAILED, started=run.due.at, finished=run.due.at, error=ValueError("no"))
    management.store.finish(run, ended)
    management.manager.pause("minutely", CODE)
    try:
        management.manager.retry(run.id, CODE)
    finally:
        management.manager.resume("minutely", CODE)


def unknown_to_servers():
    management = Management(block=BLOCK, register=False)
    management.manager.pause("minutely", CODE)


def test_errors_of_buttons_are_known_sentences():
    said = set()
    for act in answers():
        with pytest.raises(SchedulerError) as raised:
            act()
        phrase = recognised(raised.value.explanation)
        assert isinstance(phrase, Phrase), raised.value.explanation
        assert str(phrase) == raised.value.explanation
        said.add(phrase.text)
    elsewhere = {text for text in ANSWERS if "{" not in text or "{table}" in text} - said
    assert set(ANSWERS) - said - elsewhere == set()


def test_what_buttons_for_several_jobs_answer_is_known_too():
    manager = Management(block=BLOCK).manager
    for action, reason in (("resume", "It was not paused."), ("stop", "It is not running.")):
        (refused,) = act_on(action, ["minutely"], manager, CODE).reasons()
        assert refused[1]["reason"] == Phrase(reason)
    act_on("pause", ["minutely"], manager, CODE)
    ((_, values),) = act_on("pause", ["minutely"], manager, CODE).reasons()
    assert values["reason"] == Phrase("It was paused already.")
