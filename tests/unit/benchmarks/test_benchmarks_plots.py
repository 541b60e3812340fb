"""The plots, where matplotlib is installed: it is not among what the tests need."""

from xml.etree import ElementTree

import pytest

pytest.importorskip("matplotlib")

from benchmarks import plots
from tests.unit.benchmarks.measured import EVERYTHING, results, sample

SVG = "{http://www.w3.org/2000/svg}"


def texts(path):
    return {"".join(each.itertext()) for each in ElementTree.parse(path).iter(f"{SVG}text")}


def test_each_measure_with_a_plot_has_a_file_of_its_own(tmp_path):
    names = [path.name for path in plots.draw(EVERYTHING, tmp_path / "images")]
    assert names == [f"performance-{each}.svg" for each in ("lateness", "cost", "throughput", "idle", "site")]
    assert sorted(path.name for path in (tmp_path / "images").iterdir()) == sorted(names)


def test_the_same_results_are_the_same_bytes(tmp_path):
    first, second = plots.draw(EVERYTHING, tmp_path / "a"), plots.draw(EVERYTHING, tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_the_files_are_small_and_their_text_is_text(tmp_path):
    for path in plots.draw(EVERYTHING, tmp_path):
        assert path.stat().st_size < 60_000
        assert "docassemble.Scheduler" in texts(path)


def test_what_was_not_measured_is_not_drawn(tmp_path):
    assert plots.draw(results(sample("boot", "docassemble", boot_s=12)), tmp_path) == ()


def test_docassemble_alone_is_enough_for_no_plot_of_idle_cost(tmp_path):
    assert plots.draw(results(sample("idle", "docassemble", "0 jobs", memory_MB=400)), tmp_path) == ()


def test_a_peer_that_cannot_do_a_load_does_not_hinder(tmp_path):
    drawn = plots.draw(
        results(sample("lateness", "rq", p50_ms=1), sample("lateness", "former", "60 jobs", max_ms=9)),
        tmp_path,
    )
    assert {"RQ + its scheduler", "docassemble.Scheduler 0.2.2"} <= texts(drawn[0])
