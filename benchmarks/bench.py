"""Carries out a plan: peers take turns, and what each turn shows becomes a sample."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.measures import MEASURES
from benchmarks.measures.watch import Scene
from benchmarks.names import AGAINST, ALONE, FORMER, OURS, SYNCED
from benchmarks.peers.apscheduler import APScheduler
from benchmarks.peers.beside import Beside
from benchmarks.peers.celery import Celery
from benchmarks.peers.docassemble import Docassemble, Former, Scheduler, Synced
from benchmarks.peers.peer import Peer
from benchmarks.peers.pgqueuer import PgQueuer
from benchmarks.peers.procrastinate import Procrastinate
from benchmarks.peers.rq import Rq
from benchmarks.peers.uwsgi_timers import UwsgiTimers
from benchmarks.place import Place, release_of_former
from benchmarks.plan import Step, Turn, turns
from benchmarks.results import Sample
from benchmarks.summary import NOTHING
from benchmarks.visits import Figures
from devserver.errors import DevServerError
from devserver.progress import say


def peers(place: Place, against: Path | None, former: Path | None) -> dict[str, Peer]:
    """Return all peers by name; another checkout, and 0.2.2, only where there is a folder with it."""
    current = place.release.version
    found: list[Peer] = [
        Scheduler(OURS, current, place),
        Synced(SYNCED, current, place),
        UwsgiTimers(place),
        APScheduler(place),
        PgQueuer("pgqueuer", place, cron=False),
        PgQueuer("pgqueuer cron", place, cron=True),
        Procrastinate("procrastinate", place, cron=False),
        Procrastinate("procrastinate cron", place, cron=True),
        Celery(place),
        Rq(place),
        Docassemble("docassemble", current, place),
    ]
    if against is not None:
        found.append(Scheduler(AGAINST, current, place, against))
    if former is not None:
        before = release_of_former().version
        found += [Former(FORMER, before, place, former), Docassemble(ALONE[FORMER], before, place)]
    return {peer.name: peer for peer in found}


@dataclass(slots=True)
class Bench:
    """What a run of the benchmarks has gathered so far."""

    peers: Mapping[str, Peer]
    folder: Path
    samples: list[Sample] = field(default_factory=list)
    #: what could not be measured, and why
    notes: list[str] = field(default_factory=list)

    def run(self, steps: Iterable[Step]) -> Iterator[Turn]:
        """Carry out all turns, and yield each when it is over; what goes wrong in one is noted, the others go on."""
        for turn in turns(tuple(steps)):
            if turn.peer in self.peers:
                self._take(turn)
                yield turn

    def _take(self, turn: Turn) -> None:
        notes, peer = self._fresh_notes(), self.peers[turn.peer]
        if turn.is_beside:
            peer = Beside(peer, self.peers["docassemble"])
        try:
            with peer.running(turn.load, notes) as running:
                scene = Scene(peer, running, turn.load, notes)
                for step in turn.steps:
                    self._show(turn, step, scene)
        except (DevServerError, OSError) as error:
            self._note(f"start or end of {turn.peer}, {turn.steps[0].title}, round {turn.round}", error)

    def _show(self, turn: Turn, step: Step, scene: Scene) -> None:
        what = f"{step.measure}, {step.title}, {turn.peer}, round {turn.round}"
        try:
            figures = self._measure(step, scene)
        except (DevServerError, OSError) as error:
            self._note(what, error)
            return
        say(f"{what}: {_listed(figures)}; machine: {_listed(scene.conditions)}")
        self.samples.append(
            Sample(step.measure, turn.peer, step.title, turn.round, figures, scene.conditions)
        )

    def _measure(self, step: Step, scene: Scene) -> Figures:
        figures = dict(MEASURES[step.measure](scene, step.seconds))
        if step.measure in {"cost", "history"}:
            figures["cpu us per run"] -= self._idle(scene.peer.name) / figures["runs per s"] * 1e6
        return figures

    def _note(self, what: str, error: Exception) -> None:
        say(f"{what}: {error}")
        self.notes.append(f"{what}: {str(error).splitlines()[0]}")

    def _idle(self, peer: str) -> float:
        """Return the seconds of CPU that the docassemble around a peer uses each second for itself."""
        alone = [
            sample.figures["cpu s per hour"] / 3600
            for sample in self.samples
            if sample.measure == "idle" and sample.peer == ALONE.get(peer) and sample.load == NOTHING
        ]
        return median(alone) if alone else 0.0

    def _fresh_notes(self) -> Path:
        folder = self.folder / "notes"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder / "entries"


def _listed(figures: Figures) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
