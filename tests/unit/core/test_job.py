"""What a job says of itself."""

import pytest

from tests.unit.runs import a_run


@pytest.mark.parametrize(
    ("fields", "tags", "runs"),
    [
        ({}, set(), True),
        ({"servers": frozenset({"cron", "backup"})}, {"web", "backup"}, True),
        ({"servers": frozenset({"cron"})}, {"web"}, False),
        ({"servers": frozenset({"cron"})}, set(), False),
        ({"enabled": False}, {"web"}, False),
    ],
)
def test_a_job_runs_on_the_servers_with_one_of_its_tags(fields, tags, runs):
    assert a_run(**fields).job.is_for(tags) is runs
