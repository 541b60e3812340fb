"""The command `explain`."""

from tests.unit.cli.terminals import Terminal


def test_a_crontab_is_explained_in_the_zone_of_docassemble():
    shown = Terminal().shown("explain", "30 4 * * *", "--count", "2")
    assert shown == (
        "at 04:30 every day, New York time\n    2026-03-02 04:30:00 EST\n    2026-03-03 04:30:00 EST\n"
    )


def test_a_crontab_is_explained_in_another_zone_with_what_is_probably_a_trap():
    shown = Terminal().shown("explain", "*/40 * * * *", "--timezone", "Europe/Berlin")
    assert "CET" in shown
    assert "warning: `*/40 * * * *` is" in shown or "warning: `*/40` is" in shown
    assert "Hint: " in shown


def test_it_can_be_had_as_json():
    found = Terminal().read("explain", "@daily", "--timezone", "UTC")
    assert found["words"] == "at 00:00 every day, UTC"
    assert len(found["due"]) == 5


def test_what_is_none_is_refused_with_status_2():
    assert "has 3 fields" in Terminal().said("explain", "* * *", status=2)
