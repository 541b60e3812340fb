# do not pre-load
"""Which texts a database keeps: the longest of each kind, what is wrong with others, and how to make them fit."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: characters of a name: of a job, a lock, a server, a tag, a person
MAX_NAME = 190
#: characters of an e-mail address, as in docassemble's own table
MAX_EMAIL = 255
#: characters of the file name of an interview, as in docassemble's own table
MAX_INTERVIEW = 255
#: characters of other texts, which are cut
MAX_REASON = 500
MAX_DESCRIPTION = 2_000
MAX_RESULT, MAX_ERROR, MAX_TRACEBACK = 2_000, 2_000, 50_000
MAX_LOG = 500_000
MAX_STACK = 20_000

#: PostgreSQL keeps no NUL, and no encoding has halves of surrogate pairs
_UNFIT = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why no database keeps a text as a name."""

    #: the rest of a sentence that starts with the text
    reason: str
    hint: str


def flaw(text: str, longest: int | None = MAX_NAME) -> Flaw | None:
    """Return why a text cannot be a name; None when it can."""
    found = _UNFIT.search(text)
    if found is not None:
        what = "a NUL" if found[0] == "\0" else "half of a surrogate pair"
        return Flaw(
            f"has {what} in it, which no database keeps", f"Remove character {found.start() + 1} of it."
        )
    if longest is not None and len(text) > longest:
        return Flaw(
            f"has {len(text):,} characters; the database keeps {longest}",
            f"Use at most {longest} characters.",
        )
    return None


def is_fit(*texts: str | None) -> bool:
    """Return whether databases take texts, of any length, as parameters."""
    return not any(text is not None and _UNFIT.search(text) for text in texts)


def storable(text: str, longest: int, encoding: str = "utf-8", *, end: bool = False) -> str:
    """Return a text that every database keeps: escaped where `encoding` has no character, and its beginning or end."""
    kept = slice(-longest, None) if end else slice(longest)
    return text[kept].encode(encoding, "backslashreplace").decode(encoding).replace("\0", "\\0")[kept]
