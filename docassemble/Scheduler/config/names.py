# do not pre-load
"""Names: of keys, in any spelling; of functions, dotted; and the guess at what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from keyword import iskeyword

_SEPARATORS = re.compile(r"[\s_-]+")


def normalised(key: str) -> str:
    """Return the one spelling of a key: lower case, words separated by one space."""
    return _SEPARATORS.sub(" ", key).strip().lower()


def is_dotted(name: str) -> bool:
    """Tell whether a name can be that of something in a module: identifiers with at least one dot."""
    parts = name.split(".")
    return len(parts) > 1 and all(part.isidentifier() and not iskeyword(part) for part in parts)


def did_you_mean(word: str, words: Iterable[str], *, cutoff: float = 0.7) -> str:
    """Return the hint ``Did you mean `minutes`?``, or an empty text when no word is near."""
    # a word as long as a page is no typo, and comparing it would take long
    close = get_close_matches(word[:80].lower(), {each.lower(): each for each in words}, n=1, cutoff=cutoff)
    if not close:
        return ""
    return f"Did you mean `{next(each for each in words if each.lower() == close[0])}`?"
