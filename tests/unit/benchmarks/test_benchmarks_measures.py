"""The measures: what is seen in a window."""

import time
from dataclasses import dataclass, field

import pytest

from benchmarks.load import Load
from benchmarks.measures import watch
from benchmarks.measures.burst import burst
from benchmarks.measures.cost import cost
from benchmarks.measures.watch import Scene
from benchmarks.peers.peer import Running
from devserver.errors import DevServerError


@dataclass
class Stage:
    """A peer without processes, whose entries are in a file already."""

    scene: Scene
    #: one for each time that the database's statistics were made
    analyzed: list[None] = field(default_factory=list)


class Nobody:
    name = "nobody"


@pytest.fixture
def stage(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "SETTLING", 0)
    running = Running(processes=[], analyze=lambda: found.analyzed.append(None))
    found = Stage(Scene(Nobody(), running, Load(jobs=2, every=1), tmp_path / "entries"))
    return found


def test_measures_with_windows_of_the_same_length_share_one(stage):
    assert stage.scene.watch(0) is stage.scene.watch(0)
    assert stage.scene.watch(0) is not stage.scene.watch(0.001)


def test_the_database_has_statistics_before_each_window(stage):
    stage.scene.watch(0)
    stage.scene.watch(0.001)
    assert len(stage.analyzed) == 2


def test_the_conditions_are_those_of_the_window_that_was_measured_last(stage):
    first = stage.scene.watch(0)
    second = stage.scene.watch(0.001)
    assert stage.scene.conditions is second.conditions
    stage.scene.watch(0)
    assert stage.scene.conditions is first.conditions


def test_a_peer_that_ran_nothing_has_no_cost(stage):
    with pytest.raises(DevServerError, match="nobody ran nothing"):
        cost(stage.scene, 0)


def test_a_burst_lasts_from_the_due_time_to_the_last_entry(stage):
    soon = int(time.time()) + 100
    stage.scene.notes.write_text(f"job0 {soon - 200}\njob1 {soon + 2}\njob0 {soon + 1}\n", encoding="utf-8")
    figures = burst(stage.scene, 0)
    due = soon + 2 - figures["last s"]
    assert due == pytest.approx(time.time(), abs=10)
    assert due % 1 == pytest.approx(0)
    assert figures["runs per s"] == pytest.approx(2 / figures["last s"])
