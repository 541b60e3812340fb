"""What the page of a job says of its keys."""

from dataclasses import fields
from datetime import timedelta

import pytest

from docassemble.Scheduler.config.keys import JOB_KEYS, Group
from docassemble.Scheduler.core.job import Job, Missed, Overlap, RunOn
from docassemble.Scheduler.schedules.simple import Interval, OnDemand
from docassemble.Scheduler.testing import job
from docassemble.Scheduler.web.dashboard.jobs.job_facts import DOCS, MEANINGS, facts
from tests.unit.test_docs import page_text

HOUR = timedelta(hours=1)


def told(*, shows_arguments=True, **given):
    return {
        each.key: each.value
        for each in facts(job("a.job", Interval(HOUR), **given), shows_arguments=shows_arguments)
    }


def test_a_job_with_defaults_has_a_time_zone_and_nothing_else():
    assert told() == {"time zone": "UTC"}


def test_one_on_demand_has_no_time_zone():
    assert facts(job("a.job", OnDemand(), type="manual"), shows_arguments=True) == []


@pytest.mark.parametrize(
    ("field", "value", "key", "words"),
    [
        ("overlap", Overlap.QUEUE, "overlap", "queue"),
        ("missed", Missed.ALL, "missed", "all"),
        ("misfire_grace_time", None, "misfire grace time", "-1"),
        ("misfire_grace_time", HOUR, "misfire grace time", "1 hour"),
        ("max_runtime", HOUR, "max runtime", "1 hour"),
        ("retries", 3, "retries", "3"),
        ("resumable", True, "resumable", "true"),
        ("run_on", RunOn.CELERY, "run on", "celery"),
        ("servers", frozenset({"b", "a"}), "servers", "a, b"),
        ("run_as", "a@example.com", "run as", "a@example.com"),
        ("only_if", "flags.on", "only if", "flags.on"),
        ("error_handler", "mine.failed", "error handler", "mine.failed"),
        ("args", (1, "two"), "args", '[1, "two"]'),
        ("kwargs", {"year": 2026}, "kwargs", '{"year": 2026}'),
        ("monitor", "https://example.com/secret", "monitor", "(masked)"),
        ("notify", {"after": 3}, "notify", "(masked)"),
        ("notify", {"muted": True}, "notify", "false"),
        ("lock", "l" * 900, "lock", "l" * 249),
    ],
)
def test_what_differs_from_the_default_is_told_as_the_configuration_has_it(field, value, key, words):
    assert told(**{field: value})[key].startswith(words)


def test_what_is_called_a_secret_is_masked_however_deep():
    given = {"login": {"password": "geheim", "user": "me"}, "token": "geheim"}
    assert (
        told(kwargs=given)["kwargs"]
        == '{"login": {"password": "(masked)", "user": "me"}, "token": "(masked)"}'
    )


def test_who_may_not_see_arguments_sees_how_many_there_are_and_their_names():
    shown = told(shows_arguments=False, args=("geheim", 2), kwargs={"year": 2026})
    assert (shown["args"], shown["kwargs"]) == ("(masked), (masked)", "year: (masked)")


def test_what_came_out_of_the_environment_is_told_as_it_is_written():
    assert told(lock="geheim", written={"lock": "${LOCK}"})["lock"] == "${LOCK}"


def test_each_key_of_a_job_has_a_meaning_and_a_page_with_its_section():
    stored = {field.name for field in fields(Job)}
    own = {key.name for key in JOB_KEYS.values() if key.group is Group.FIELD and key.field in stored}
    assert own <= MEANINGS.keys()
    for _, link in MEANINGS.values():
        page, _, section = link.partition("#")
        lines = page_text(page).splitlines()
        assert section in [
            each.lstrip("# ").lower().replace(" ", "-") for each in lines if each.startswith("#")
        ]
    assert DOCS.endswith("/docs/")
