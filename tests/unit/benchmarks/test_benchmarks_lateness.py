"""How late a run was, by the rule of each peer, from what the runs have noted."""

import pytest

from benchmarks.load import Entry, Load, read_entries
from benchmarks.peers.celery import since_sent
from benchmarks.peers.peer import after_the_full_second
from benchmarks.peers.uwsgi_timers import since_the_earliest

MINUTE = 1_800_000_000


def entries(*times: float) -> list[Entry]:
    return [Entry("job0", MINUTE + at) for at in times]


def test_entries_are_read_in_order_and_a_line_half_written_is_left_out(tmp_path):
    notes = tmp_path / "entries"
    notes.write_text("job1 12.5\njob0 11.25\njob2 13.")
    assert read_entries(notes) == [Entry("job0", 11.25), Entry("job1", 12.5)]


def test_nothing_was_entered_before_there_is_a_file(tmp_path):
    assert read_entries(tmp_path / "entries") == []


def test_a_period_of_the_clock_begins_at_its_multiples():
    late = after_the_full_second(entries(0.002, 5.004, 10.5), Load(jobs=1, every=5))
    assert late == pytest.approx([0.002, 0.004, 0.5], abs=1e-6)


@pytest.mark.parametrize("start", [0.3, 0.999, 4.9999])
def test_a_timer_is_late_after_the_earliest_moment_of_all_its_periods(start):
    late = since_the_earliest(entries(start, start + 5.002, start + 10.001), Load(jobs=1, every=5))
    assert late == pytest.approx([0, 0.002, 0.001], abs=1e-6)


def test_a_cron_entry_is_late_after_the_full_minute():
    assert since_the_earliest(entries(18.5), Load(jobs=1, every=60)) == pytest.approx([18.5])


def test_an_interval_of_celery_begins_when_the_task_was_last_sent():
    sent = [100.0, 101.001, 102.003]
    late = [since_sent(at, sent, Load(jobs=1, every=1)) for at in (100.002, 101.005, 102.005)]
    assert late[0] is None  # nobody knows when the first one was due
    assert late[1:] == pytest.approx([0.005, 0.004])
