"""The generated part of `docs/performance.md`; what people wrote around it is left alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks import names, tables
from benchmarks.results import Results, Sample
from benchmarks.summary import Summary, summarize

BEGIN = "<!-- figures: written by make bench-full -->"
END = "<!-- end of figures -->"


def update(page: Path, results: Results, *, plots: Sequence[Path], source: Path) -> None:
    """Write the figures into the page, with links to the plots and to the JSON, `source`."""
    part = generated(
        results,
        plots={path.stem.removeprefix("performance-"): _link(page, path) for path in plots},
        source=_link(page, source),
    )
    page.write_text(replaced(page.read_text(encoding="utf-8"), part), encoding="utf-8")


def replaced(text: str, part: str) -> str:
    """Return the page's text with `part` between the two marks.

    Raises ValueError if there is not one of each.
    """
    if (text.count(BEGIN), text.count(END)) != (1, 1):
        raise ValueError(f"the page must have one {BEGIN} and one {END}")
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{END} must come after {BEGIN}")
    return f"{before}{BEGIN}\n\n{part}\n\n{END}{after}"


def generated(results: Results, *, plots: dict[str, str], source: str) -> str:
    """Return all figures in Markdown; `plots` has the link of each plot by its measure."""
    summary = summarize(results)
    made = results.made.strftime("%Y-%m-%d, %H:%M UTC")
    rounds = max((each.rounds for each in summary.figures), default=0)
    words = f"in the {results.form} form, with up to {rounds} rounds"
    parts = [
        f"Measured on {made}, at commit `{results.commit}`, {words}. [All samples]({source}).",
        _facts(results),
        "### Targets",
        tables.of_targets(summary.targets).markdown(),
        *_measures(summary, plots),
        *(
            ["### What was left out", "\n".join(f"- {note}" for note in results.notes)]
            if results.notes
            else []
        ),
    ]
    return "\n\n".join(parts)


def _facts(results: Results) -> str:
    machine = results.machine
    versions = {"Python": machine.python, **results.versions}
    facts = {
        "Processor": f"{machine.cpu}, {machine.cores} cores",
        "Memory": f"{machine.memory / 2**30:.1f} GiB",
        "System": f"{machine.system}, {machine.kernel}",
        "Versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
        **_conditions(results.samples),
    }
    return "\n".join(f"- {name}: {fact}" for name, fact in facts.items())


def _conditions(samples: Iterable[Sample]) -> dict[str, str]:
    """Return how fast the machine was beside the windows, and what other programs took."""
    found = [sample.conditions for sample in samples if sample.conditions]
    if not found:
        return {}
    loop, cores = (_spread([each[name] for each in found]) for name in ("loop ms", "others cores"))
    return {
        "Beside the windows": f"a loop that is always the same took {loop} ms of CPU, other programs {cores} cores"
    }


def _spread(values: Sequence[float]) -> str:
    low, middle, high = (tables.number(each(values)) for each in (min, median, max))
    return f"{middle} ({low} to {high})"


def _measures(summary: Summary, plots: dict[str, str]) -> Iterator[str]:
    for measure, title in names.MEASURES.items():
        if found := tables.of_measure(summary, measure):
            yield f"### {title}"
            if measure in plots:
                yield f"![{title}, as in the tables below]({plots[measure]})"
            yield from (table.markdown() for table in found)


def _link(page: Path, path: Path) -> str:
    return Path(os.path.relpath(path, page.parent)).as_posix()
