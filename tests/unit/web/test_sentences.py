"""Reasons of records are recognised, whoever wrote them, and said in the viewer's language."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core import decision, retry
from docassemble.Scheduler.core.decision import State, decide
from docassemble.Scheduler.core.job import Missed, Overlap
from docassemble.Scheduler.core.run import StopReason
from docassemble.Scheduler.core.session_action import NotRun
from docassemble.Scheduler.core.texts.phrase import Phrase
from docassemble.Scheduler.execution import executor
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.base import NOT_CARRIED_OUT
from docassemble.Scheduler.testing import job
from docassemble.Scheduler.web.dashboard import presentation
from docassemble.Scheduler.web.dashboard.sentences import REASONS, recognised
from tests.unit.web.views import HOUR, NOON

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


@given(st.text(), st.sampled_from(REASONS), st.text(min_size=1))
def test_what_is_recognised_is_said_in_the_same_words(text, reason, value):
    assert str(recognised(text)) == text
    filled = re.sub(r"\{\w+\}", lambda _: value, reason)
    assert str(recognised(filled)) == filled


def test_what_others_wrote_is_left_as_it_is():
    assert recognised("ValueError: the job is paused") == "ValueError: the job is paused"
    assert recognised("the due time " + "x" * 2000 + " stands for it").startswith("the due time")
