"""What is told to peers that want a cron expression."""

import pytest

from benchmarks.programs.due_times import expression


@pytest.mark.parametrize(
    ("every", "expected"),
    [("", "0 0 1 1 *"), ("1", "* * * * * */1"), ("30", "* * * * * */30"), ("60", "* * * * *")],
    ids=["never in our lifetime", "each second", "twice a minute", "each minute"],
)
def test_a_period_is_written_as_a_cron_expression(every, expected):
    assert expression(every) == expected
