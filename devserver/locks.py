"""The locks: which versions each environment is installed with. ``make update`` writes them: devserver/update.py."""

from pathlib import Path

from devserver.service import CHECKOUT

FOLDER = CHECKOUT / "requirements"


def locked(name: str) -> Path:
    """Return the lock of ``dev``, ``benchmarks``, ``devserver``, ``docs`` or ``build``: a file for pip's and uv's -r and -c."""
    return FOLDER / f"{name}.txt"
