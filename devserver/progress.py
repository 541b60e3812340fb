"""One line on stderr for each thing that takes time."""

import sys


def say(text: str) -> None:
    """Tell the person waiting what is going on."""
    print(f"devserver: {text}", file=sys.stderr, flush=True)
