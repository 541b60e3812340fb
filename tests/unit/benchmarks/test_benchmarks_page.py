"""The page about performance: what is generated, and what people wrote around it; and the tables of the terminal."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import page, tables
from benchmarks.names import title
from benchmarks.page import BEGIN, END
from benchmarks.summary import summarize
from tests.unit.benchmarks.measured import EVERYTHING, results, sample

APSCHEDULER = title("apscheduler")
ROOT = Path(__file__).parents[3]


def generated(*samples, **more):
    return page.generated(results(*samples, **more), plots={}, source="latest.json")


def table(measure, *samples):
    (found,) = tables.of_measure(summarize(results(*samples)), measure)
    return found


def test_what_people_wrote_around_the_figures_stays():
    text = f"# Title\n\nbefore\n\n{BEGIN}\n\nold\n\n{END}\n\nafter\n"
    assert page.replaced(text, "new") == f"# Title\n\nbefore\n\n{BEGIN}\n\nnew\n\n{END}\n\nafter\n"


def test_writing_twice_is_writing_once():
    once = page.replaced(f"a\n{BEGIN}\n{END}\nb\n", "figures")
    assert page.replaced(once, "figures") == once


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{BEGIN}{END}{END}", f"{END}{BEGIN}"])
def test_a_page_without_its_marks_is_refused(text):
    with pytest.raises(ValueError, match="figures"):
        page.replaced(text, "new")


def test_the_page_of_this_repository_has_its_marks():
    page.replaced((ROOT / "docs" / "performance.md").read_text(encoding="utf-8"), "new")


def test_the_page_links_to_plots_and_samples(tmp_path):
    path = tmp_path / "docs" / "performance.md"
    path.parent.mkdir()
    path.write_text(f"{BEGIN}{END}", encoding="utf-8")
    plots = [tmp_path / "docs" / "images" / "performance-cost.svg"]
    page.update(path, EVERYTHING, plots=plots, source=tmp_path / "benchmarks" / "results" / "latest.json")
    text = path.read_text(encoding="utf-8")
    assert "](images/performance-cost.svg)" in text
    assert "](../benchmarks/results/latest.json)" in text
    assert "performance-lateness.svg" not in text


def test_the_page_says_when_where_and_with_what_was_measured():
    text = generated(
        sample("cost", "rq", number=1, runs_per_s=1), sample("cost", "rq", number=2, runs_per_s=1)
    )
    for words in (
        "2026-11-21, 12:30 UTC",
        "`abc1234`",
        "full form",
        "2 rounds",
        "Test CPU, 2 cores",
        "8.0 GiB",
    ):
        assert words in text
    for words in ("Debian 12, Linux 6.1.0", "Python 3.11.7, docassemble 1.10.5, Celery 5.4.0"):
        assert words in text


def test_what_was_left_out_is_said_if_something_was():
    assert "### What was left out\n\n- No wrk." in generated(notes=("No wrk.",))
    assert "left out" not in generated()


def test_a_measure_has_a_section_only_if_it_was_measured():
    text = generated(sample("boot", "docassemble", boot_s=12))
    assert "### Boot" in text
    assert "### Lateness" not in text


def test_the_page_says_under_which_conditions_was_measured():
    samples = [
        replace(sample("cost", "rq", runs_per_s=1), conditions={"loop ms": loop, "others cores": cores})
        for loop, cores in ((1.5, 0), (2.5, 0.25), (1, 0.125))
    ]
    assert "took 1.5 (1 to 2.5) ms of CPU, other programs 0.125 (0 to 0.25) cores" in generated(*samples)


def test_results_from_before_conditions_were_noted_make_a_page_without_them():
    assert "Beside the windows" not in generated(sample("cost", "rq", runs_per_s=1))


def test_a_figure_of_several_rounds_has_its_spread():
    samples = [
        sample("cost", "rq", number=number, runs_per_s=value) for number, value in enumerate((10, 40, 12))
    ]
    assert table("cost", *samples).rows == (("RQ + its scheduler", "12 ±15"),)


def test_with_one_load_the_figures_are_columns():
    found = table(
        "cost",
        sample("cost", "scheduler", "60 jobs/s", cpu_us_per_run=2000, runs_per_s=60),
        sample("cost", "rq", "60 jobs/s", cpu_us_per_run=9000),
    )
    assert found.markdown().splitlines() == [
        "**60 jobs/s**",
        "",
        "|  | CPU, µs per run | runs per s |",
        "|---|--:|--:|",
        "| docassemble.Scheduler | 2,000 | 60 |",
        "| RQ + its scheduler | 9,000 (4.50x) | — |",
    ]


def test_with_several_loads_the_loads_are_columns():
    found = table(
        "lateness",
        sample("lateness", "former", "1 job", p99_ms=900, runs=60),
        sample("lateness", "scheduler", "1000 jobs", p99_ms=180, runs=60),
        sample("lateness", "scheduler", "1 job", p99_ms=1.5, runs=60),
        sample("lateness", "scheduler", "each minute", p99_ms=1.75, runs=60),
    )
    assert found.markdown().splitlines() == [
        "**p99, ms**",
        "",
        "|  | 1 job | 1,000 jobs | each minute |",
        "|---|--:|--:|--:|",
        "| docassemble.Scheduler | 1.5 | 180 | 1.75 |",
        "| docassemble.Scheduler 0.2.2 | 900 (600x) | — | — |",
    ]


def test_what_is_added_has_a_sign():
    alone = sample("boot", "docassemble", "0 jobs", boot_s=12)
    more = sample("boot", "scheduler", "10 jobs", boot_s=12.5)
    less = sample("boot", "scheduler", "1000 jobs", boot_s=11.75)
    assert table("boot", alone, more, less).rows == (
        ("docassemble.Scheduler", None, "+0.5", "-0.25"),
        ("docassemble alone", "12", None, None),
    )


def test_a_line_across_in_a_title_does_not_part_a_cell():
    assert tables.Table("", ("a", "b"), (("x|y", None),)).markdown().endswith("| x\\|y | — |")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.00421, "0.00421"),
        (1.934, "1.93"),
        (12.34, "12.3"),
        (204.4, "204"),
        (999.7, "1,000"),
        (99_999.6, "100,000"),
        (-3.5, "-3.5"),
    ],
)
def test_numbers_have_three_digits_that_matter(value, text):
    assert tables.number(value) == text


def test_the_targets_say_what_was_measured_and_what_could_not_be():
    text = tables.of_targets(
        summarize(
            results(
                sample("cost", "scheduler", "60 jobs/s", number=1, cpu_us_per_run=150),
                sample("cost", "scheduler", "60 jobs/s", number=2, cpu_us_per_run=250),
                sample("cost", "apscheduler", "60 jobs/s", cpu_us_per_run=300),
                sample("site", "scheduler", "60 jobs/s", runs_per_s=40),
            )
        ).targets
    ).markdown()
    for line in (
        f"| CPU time of a run | at most 0.8 x that of {APSCHEDULER}: 240 µs | 200 µs (150 to 250) | yes |",
        "| CPU time of a run | at most that of RQ + its scheduler | 200 µs (150 to 250) | not measured |",
        "| memory that 10,000 jobs add | at most 26 MB | — | not measured |",
        "| 60 jobs a second beside the sign-in page | at least 59 runs per s | 40 runs per s (40 to 40) | no |",
    ):
        assert line in text


def test_the_terminal_shows_the_same_in_columns():
    text = tables.text(summarize(EVERYTHING))
    assert text.startswith("Lateness\n========\np50, ms\n")
    lines = text.splitlines()
    row = lines.index("p99, ms") + 1
    assert [line.split("  ")[0] for line in lines[row + 1 : row + 4]] == [
        "docassemble.Scheduler",
        APSCHEDULER,
        "RQ + its scheduler",
    ]
    assert lines[row].index("60 jobs") + len("60 jobs") == lines[row + 2].index("30 (1.50x)") + len(
        "30 (1.50x)"
    )
    assert "Targets\n=======\n" in text
    assert not any(line.endswith(" ") for line in lines)


def test_the_terminal_shows_no_targets_that_were_not_measured():
    assert "Targets" not in tables.text(summarize(results(sample("cost", "rq", runs_per_s=60))))
