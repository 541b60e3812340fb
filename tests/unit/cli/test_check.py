"""The command `check`."""

import pytest

from docassemble.Scheduler.management import check
from tests.unit.cli.terminals import HERE, Terminal

GOOD = f"""\
timezone: America/New_York
scheduler:
  nightly:
    function: {HERE}.note
    crontab: "30 4 * * *"
"""


def written(tmp_path, text):
    path = tmp_path / "config.yml"
    path.write_text(text)
    return str(path)


def test_a_good_configuration_is_shown_with_its_next_five_due_times_each(tmp_path):
    terminal = Terminal()
    shown = terminal.shown("check", written(tmp_path, GOOD))
    assert "nightly: at 04:30 every day, New York time" in shown
    assert shown.count("    2026-03-0") == 5
    assert "2026-03-02 04:30:00 EST" in shown
    assert shown.endswith("Jobs: 1. Problems: 0. Not checked: 0.\n")
    assert terminal.context.loads == 0


def test_a_good_configuration_as_json(tmp_path):
    document = Terminal().read("check", written(tmp_path, GOOD))
    assert (document["ok"], document["problems"], document["unchecked"]) == (True, [], [])
    (job,) = document["jobs"]
    assert job["next"][0] == "2026-03-02T04:30:00-05:00"
    assert len(job["next"]) == 5


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GOOD.replace("30 4", "99 4"), "bad-crontab"),
        (GOOD.replace(".note", ".nope"), "function-not-found"),
        (GOOD.replace(f"{HERE}.note", "nowhere.at_all"), "function-not-found"),
        (
            GOOD.replace("nightly", "log handlers: [logging.StreamHandler, logging.Handlr]\n  nightly"),
            "function-not-found",
        ),
    ],
)
def test_errors_end_it_with_status_1(tmp_path, text, code, monkeypatch):
    document = Terminal().read("check", written(tmp_path, text), status=1)
    assert not document["ok"]
    assert [problem["severity"] for problem in document["problems"]] == ["error"]
    assert "Hint:" in Terminal().shown("check", written(tmp_path, text), status=1)


def test_it_says_which_variables_have_set_values(tmp_path, monkeypatch):
    monkeypatch.setenv("DA_SCHEDULER__JOBS__NIGHTLY__CRONTAB", "30 5 * * *")
    (tmp_path / ".env").write_text("DA_SCHEDULER__JOBS__NIGHTLY__LOCK=s3cret\n")
    path = written(tmp_path, GOOD)
    shown = Terminal().shown("check", path)
    assert "nightly: at 05:30 every day" in shown
    crontab = "set by DA_SCHEDULER__JOBS__NIGHTLY__CRONTAB in the environment, not by the file"
    assert f"\nscheduler -> nightly -> crontab: {crontab}\n" in shown
    lock = "set by DA_SCHEDULER__JOBS__NIGHTLY__LOCK in line 1 of .env"
    assert f"\nscheduler -> nightly -> lock: {lock}\n" in shown
    assert "s3cret" not in shown
    overrides = Terminal().read("check", path)["overrides"]
    assert overrides[1] == {
        "path": ["scheduler", "nightly", "crontab"],
        "variable": "DA_SCHEDULER__JOBS__NIGHTLY__CRONTAB",
        "source": "the environment",
        "instead_of": ["the file"],
    }


def test_warnings_end_it_with_status_1_only_when_it_is_strict(tmp_path):
    path = written(tmp_path, GOOD + "    retires: 3\n")
    assert Terminal().read("check", path)["problems"][0]["severity"] == "warning"
    assert not Terminal().read("check", path, "--strict", status=1)["ok"]


TABLE = f"""\
scheduler:
  jobs from: {{database: data db, table: action, columns: {{name: name}}, function: {HERE}.note}}
"""


def test_tables_are_read_whose_rows_are_jobs(tmp_path):
    """No database here has one; tests/unit/worker/test_job_tables.py has rows."""
    document = Terminal().read("check", written(tmp_path, TABLE))
    (problem,) = document["problems"]
    assert (document["ok"], problem["code"], problem["severity"]) == (True, "table-unreadable", "warning")
    assert "no section `data db`" in problem["sentence"]
    unsupported = "data db: {name: x, prefix: oracle}\n" + TABLE
    (problem,) = Terminal().read("check", written(tmp_path, unsupported))["problems"]
    assert "`oracle` is neither" in problem["sentence"]


@pytest.mark.parametrize("text", ["a: [", "just text", "db: {}"])
def test_what_is_no_configuration_is_said_to_be_none(tmp_path, text):
    said = Terminal().said("check", written(tmp_path, text), status=2)
    assert "config.yml" in said
    assert "Hint:" in said


def test_a_name_that_may_be_good_where_docassemble_is_is_not_checked(tmp_path):
    terminal = Terminal()
    terminal.context.host_error = "docassemble cannot be loaded here"
    path = written(tmp_path, GOOD.replace(f"{HERE}.note", "docassemble.Elsewhere.jobs.run"))
    document = terminal.read("check", path)
    assert document["problems"] == []
    assert [each["code"] for each in document["unchecked"]] == ["function-not-found"]
    assert document["unchecked_because"] == "docassemble cannot be loaded here"
    assert "not checked: " in terminal.shown("check", path)
    terminal.shown("check", path, "--strict", status=1)


def test_where_docassemble_is_only_what_cannot_be_imported_is_not_checked(tmp_path, monkeypatch):
    monkeypatch.setattr(check, "module_exists", lambda name: True)
    (tmp_path / "needs_the_host.py").write_text("import something_of_the_host\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    terminal = Terminal()
    terminal.context.host_error = "its database is away"
    needing = terminal.read("check", written(tmp_path, GOOD.replace(HERE, "needs_the_host")))
    assert [len(needing["problems"]), len(needing["unchecked"])] == [0, 1]
    missing = terminal.read("check", written(tmp_path, GOOD.replace(".note", ".nope")), status=1)
    assert [len(missing["problems"]), len(missing["unchecked"])] == [1, 0]
    assert terminal.context.loads == 1  # for the one that may need it


def test_docassemble_is_loaded_when_that_may_help(tmp_path):
    terminal = Terminal()
    terminal.read("check", written(tmp_path, GOOD.replace(".note", ".nope")), status=1)
    assert terminal.context.loads == 1


def test_a_disabled_job_and_one_that_is_over_are_shown_as_such(tmp_path):
    text = GOOD + "    enabled: false\n    end: 2026-01-01\n    start: 2025-01-01\n"
    shown = Terminal().shown("check", written(tmp_path, text))
    assert "nightly (disabled): " in shown
    assert "never due again" in shown


def test_a_job_on_demand_is_shown_as_such(tmp_path):
    text = GOOD.replace('crontab: "30 4 * * *"', "type: manual")
    shown = Terminal().shown("check", written(tmp_path, text))
    assert "nightly: on demand\n\n" in shown
    assert "never" not in shown


def test_problems_have_the_file_and_the_line_where_they_stand(tmp_path):
    path = written(tmp_path, GOOD.replace("30 4", "99 4") + "    retrys: 3\n")
    shown = Terminal().shown("check", path, status=1)
    assert f"{path}:5: error: scheduler -> nightly -> crontab: " in shown
    assert f"{path}:6: warning: scheduler -> nightly -> retrys: " in shown
    assert [each["line"] for each in Terminal().read("check", path, status=1)["problems"]] == [6, 5]


def test_a_function_that_is_not_found_has_the_line_of_its_job(tmp_path):
    path = written(tmp_path, GOOD.replace(".note", ".nope"))
    assert f"\n{path}:3: error: " in Terminal().shown("check", path, status=1)


def test_a_star_without_quotes_is_told_with_its_line_and_the_way_out(tmp_path):
    path = written(tmp_path, GOOD.replace('"30 4 * * *"', "*/5 * * * *"))
    said = Terminal().said("check", path, status=2)
    assert f"Error: {path}:5 is not YAML: `*` without quotes" in said
    assert 'crontab: "*/5 * * * *"' in said
