"""A due time is entered when it is due: to the hundredth of a second, each, once."""

import os

import pytest

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.jobs_b.reading import (
    FIGURES,
    PYTHONPATH,
    Entry,
    Metronome,
    Notes,
    distribution,
    doubles,
)

#: minutes in a row; the long form of the tests takes five
MINUTES = 5 if os.environ.get("LONG_TESTS") else 2
#: seconds: the promise
LATEST = 0.1

Measured = tuple[list[Entry], list[Entry], Metronome]


@pytest.fixture(scope="module")
def measured(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """The entries of a job of each minute and of one of each second, in the same boot of an idle server."""
    notes = Notes(tmp_path_factory.mktemp("notes") / "notes")
    minutely = notes.job(crontab="* * * * *")
    secondly = notes.job(seconds=1)
    server = start_devserver(
        {"scheduler": {"minutely": minutely, "secondly": secondly}}, pythonpath=[PYTHONPATH]
    )
    server.wait_for_log("2 of them enabled", 5)
    with Metronome().ticking() as metronome:
        wait_for(notes, server)
    server.stop()
    return notes.entries("minutely"), notes.entries("secondly"), metronome


def wait_for(notes: Notes, server: DevServer) -> None:
    # The first minute may begin while docassemble is still busy with its own start.
    until(
        lambda: len(notes.entries("minutely")) > MINUTES,
        "entries of each minute",
        60 * (MINUTES + 2),
        every=1,
    )
    assert "ERROR" not in server.read_log()


def lateness(entry: Entry, metronome: Metronome) -> float:
    """How late, beyond what the machine itself was late at that moment (nothing, when it is quiet)."""
    return entry.lateness - metronome.lateness.get(round(entry.due), 0.0)


def test_a_job_of_each_minute_is_entered_within_a_tenth_of_a_second_minutes_in_a_row(
    measured: Measured,
) -> None:
    entries, _, metronome = measured
    in_a_row = entries[1:]
    FIGURES.info("minutely: %s", distribution(entry.lateness for entry in in_a_row))
    first = in_a_row[0].due
    assert [entry.due for entry in in_a_row] == [first + 60 * number for number in range(MINUTES)]
    assert all(entry.due % 60 == 0 and entry.lateness >= 0 for entry in in_a_row)
    assert max(lateness(entry, metronome) for entry in in_a_row) < LATEST


def test_a_job_of_each_second_is_entered_sixty_times_in_a_minute_and_never_twice(measured: Measured) -> None:
    minutely, entries, _ = measured
    begin = minutely[0].due
    in_sixty = [entry for entry in entries if begin < entry.due <= begin + 60 * MINUTES]
    FIGURES.info("secondly: %s", distribution(entry.lateness for entry in in_sixty))
    assert [entry.due for entry in in_sixty] == [begin + number for number in range(1, 60 * MINUTES + 1)]
    assert doubles(entries) == []


def test_a_job_of_each_second_is_never_more_than_a_tenth_of_a_second_late(measured: Measured) -> None:
    minutely, entries, metronome = measured
    since = [entry for entry in entries if entry.due > minutely[0].due]
    assert max(lateness(entry, metronome) for entry in since) < LATEST
