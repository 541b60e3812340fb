"""``python -m benchmarks``: measure this package beside its peers."""

import argparse
import os
import sys
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from benchmarks import names, results, summary, tables
from benchmarks.bench import Bench, peers
from benchmarks.place import Place, commit
from benchmarks.plan import FULL, SHORT, chosen
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
    steps = chosen(FULL if options.full else SHORT, options.peers, options.measures)
    whole = options.full and steps == FULL
    try:
        release, _ = interpreters.newest()
        place = Place(options.state / "benchmarks", Environments(options.state / "environments"), release)
        path = LATEST if whole else place.folder / "latest.json"
        debian.provide(debian.VISITORS if any(step.measure == "site" for step in steps) else ())
        place.prepare()
        bench = Bench(peers(place, options.against, options.former), place.folder)
        about = _about(place, options)
        for _ in bench.run(steps):
            # what was measured is kept, whatever comes after it
            measured = replace(about, samples=tuple(bench.samples), notes=tuple(bench.notes))
            results.write(measured, path)
    except DevServerError as error:
        say(str(error))
        return 1
    if whole:
        run([place.python, "-m", "benchmarks.publish", path], cwd=CHECKOUT)
    print(tables.text(summary.summarize(measured)))
    return 1 if bench.notes else 0


def _about(place: Place, options: argparse.Namespace) -> results.Results:
    """Return results without samples: what is about to be measured, and where."""
    against = {names.title(names.AGAINST): commit(options.against)} if options.against else {}
    return results.Results(
        made=datetime.now(timezone.utc).replace(microsecond=0),
        form="full" if options.full else "short",
        commit=commit(),
        machine=results.this_machine(),
        versions=place.versions() | against,
        samples=(),
    )


def _checkout(text: str) -> Path:
    """Return the folder of a checkout."""
    folder = Path(text).resolve()
    if not (folder / "docassemble/Scheduler/__init__.py").exists():
        raise argparse.ArgumentTypeError(
            f"{text} has no docassemble/Scheduler: give a checkout of this package"
        )
    return folder


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    top.add_argument(
        "--full",
        action="store_true",
        help="everything, for an hour or so, and write docs/performance.md",
    )
    top.add_argument(
        "--against",
        type=_checkout,
        default=os.environ.get("AGAINST") or None,
        metavar="DIR",
        help="another checkout of this package, to be measured beside this one",
    )
    top.add_argument(
        "--former",
        type=_checkout,
        default=os.environ.get("FORMER") or None,
        metavar="DIR",
        help="a checkout of docassemble.Scheduler 0.2.2, to be measured too",
    )
    top.add_argument("--peers", nargs="+", default=(), choices=names.PEERS, metavar="PEER", help="only these")
    top.add_argument(
        "--measures", nargs="+", default=(), choices=names.MEASURES, metavar="MEASURE", help="only these"
    )
    top.add_argument(
        "--state", type=Path, default=DEFAULT_STATE, metavar="DIR", help="where everything is kept"
    )
    return top


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
