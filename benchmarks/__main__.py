"""``python -m benchmarks``: measure this package beside its peers."""

import argparse
import os
import sys
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from benchmarks import results, summary, tables
from benchmarks.bench import Bench, peers
from benchmarks.place import Place, commit
from benchmarks.plan import FULL, SHORT
from devserver import debian, interpreters
from devserver.environment import Environments
from devserver.errors import DevServerError
from devserver.progress import say
from devserver.server import DEFAULT_STATE
from devserver.service import CHECKOUT, run

LATEST = CHECKOUT / "benchmarks/results/latest.json"


def main(arguments: list[str]) -> int:
    """Measure, print the table; in the full form, write the page too. 0 unless something could not be measured."""
    options = _parser().parse_args(arguments)
    former = options.former or os.environ.get("FORMER")
    try:
        release, _ = interpreters.newest()
        place = Place(options.state / "benchmarks", Environments(options.state / "environments"), release)
        path = LATEST if options.full else place.folder / "short.json"
        debian.provide(debian.VISITORS if options.full else ())
        place.prepare()
        bench = Bench(peers(place, Path(former) if former else None), place.folder)
        about = _about(place, "full" if options.full else "short")
        for _ in bench.run(FULL if options.full else SHORT):
            # what was measured is kept, whatever comes after it
            measured = replace(about, samples=tuple(bench.samples), notes=tuple(bench.notes))
            results.write(measured, path)
    except DevServerError as error:
        say(str(error))
        return 1
    if options.full:
        run([place.python, "-m", "benchmarks.publish", path], cwd=CHECKOUT)
    print(tables.text(summary.summarize(measured)))
    return 1 if bench.notes else 0


def _about(place: Place, form: results.Form) -> results.Results:
    """Return results without samples: what is about to be measured, and where."""
    return results.Results(
        made=datetime.now(timezone.utc).replace(microsecond=0),
        form=form,
        commit=commit(),
        machine=results.this_machine(),
        versions=place.versions(),
        samples=(),
    )


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    top.add_argument(
        "--full",
        action="store_true",
        help="everything, for some forty minutes, and write docs/performance.md",
    )
    top.add_argument(
        "--former",
        type=Path,
        metavar="DIR",
        help="a checkout of docassemble.Scheduler 0.2.2, to be measured too",
    )
    top.add_argument(
        "--state", type=Path, default=DEFAULT_STATE, metavar="DIR", help="where everything is kept"
    )
    return top


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
