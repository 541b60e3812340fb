"""``python -m benchmarks.publish results.json``: draw the plots and write the page; needs matplotlib."""

import sys
from pathlib import Path

from benchmarks import page, plots, results

DOCS = Path(__file__).resolve().parent.parent / "docs"


def main(source: Path) -> None:
    """Write docs/performance.md, its generated part, and the plots it shows."""
    measured = results.read(source)
    drawn = plots.draw(measured, DOCS / "images")
    page.update(DOCS / "performance.md", measured, plots=drawn, source=source)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
