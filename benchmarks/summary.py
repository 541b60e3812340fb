"""What the samples say: medians over the rounds, ratios to ours, and the targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median

from benchmarks import names
from benchmarks.figure import Figure, Key
from benchmarks.results import Results, Sample
from benchmarks.targets import Target, targets

#: the load of a docassemble that has no jobs in its configuration
NOTHING = "0 jobs"


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures, in the order in which people read them, and what became of the targets."""

    figures: tuple[Figure, ...]
    targets: tuple[Target, ...]

    def of(self, measure: str) -> tuple[Figure, ...]:
        """Return the figures of a measure."""
        return tuple(figure for figure in self.figures if figure.measure == measure)


def summarize(results: Results) -> Summary:
    """Return medians, ratios and targets."""
    values = sorted(_values(results.samples), key=lambda value: _order(value[0]))
    figures = [
        _figure(key, [number for _, number in group])
        for key, group in groupby(values, lambda value: value[0])
    ]
    ours = {(each.measure, each.load, each.name): each for each in figures if each.peer == names.OURS}
    compared = tuple(
        replace(each, ratio=_ratio(each, ours.get((each.measure, each.load, each.name)))) for each in figures
    )
    return Summary(compared, targets({each.key: each for each in compared}))


def _values(samples: tuple[Sample, ...]) -> Iterator[tuple[Key, float]]:
    """Give each number with what it is of; of peers inside of docassemble, what they add."""
    for sample in samples:
        for name, number in sample.figures.items():
            key = (sample.measure, sample.peer, sample.load, name)
            if not _added(sample.measure, sample.peer):
                yield key, number
            elif (alone := _alone(samples, sample, name)) is not None:
                yield key, number - alone


def _alone(samples: Iterable[Sample], of: Sample, name: str) -> float | None:
    """Return what docassemble alone had, with the same configuration that nobody reads if that was measured."""
    peer = names.ALONE[of.peer]
    alone = [
        each for each in samples if each.peer == peer and each.measure == of.measure and name in each.figures
    ]
    alone = [each for each in alone if each.load == of.load] or [
        each for each in alone if each.load == NOTHING
    ]
    # in the same round, for machines drift
    alone = [each for each in alone if each.round == of.round] or alone
    return median(each.figures[name] for each in alone) if alone else None


def _added(measure: str, peer: str) -> bool:
    return measure in names.ADDING and peer in names.ALONE


def _order(key: Key) -> tuple[object, ...]:
    measure, peer, load, name = key
    measures, figures = [*names.MEASURES, measure], [*names.FIGURES, name]
    return (
        (measures.index(measure), measure),
        names.peer_order(peer),
        names.load_order(load),
        (figures.index(name), name),
    )


def _figure(key: Key, numbers: list[float]) -> Figure:
    measure, peer, load, name = key
    return Figure(
        measure=measure,
        peer=peer,
        load=load,
        name=name,
        median=median(numbers),
        low=min(numbers),
        high=max(numbers),
        rounds=len(numbers),
        added=_added(measure, peer),
    )


def _ratio(figure: Figure, ours: Figure | None) -> float | None:
    """Return the ratio to ours, unless one of both is within noise of zero or they are different things."""
    alone = figure.measure in names.ADDING and figure.peer in names.ALONE.values()
    if ours is None or alone or ours.low <= 0 or figure.median <= 0:
        return None
    return figure.median / ours.median
