# do not pre-load
"""Excerpts: foreign values as one visible line, with limits of size and of work; addresses without their secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from reprlib import Repr
from typing import Any, Final
from unicodedata import category, name, normalize
from urllib.parse import unquote

from .text import CUT

#: what stands in the place of what is left out
_LEFT_OUT: Final = "..."
#: `https://`, and how it looks in JSON and in the query of another address
_SCHEME: Final = r"[a-z][a-z0-9+.-]{0,20}(?::(?:\\?/){2}|%3a%2f%2f)"
#: an address that stands in quotes may have spaces in it; bounded, so that no text takes long
_ADDRESS: Final = re.compile(
    rf"(?<=')(?P<single>{_SCHEME}[^'\n]{{1,2000}})(?=')"
    rf"|(?<=\")(?P<double>{_SCHEME}[^\"\n]{{1,2000}})(?=\")"
    rf"|(?P<plain>{_SCHEME}[^\s\"<>`]+)",
    re.IGNORECASE,
)
#: what `requests`, `urllib3` and Python say before an address without a scheme, or a part of one
_SAID: Final = (
    "Invalid URL",
    "Failed to parse:",
    "control characters.",
    "nonnumeric port:",
    "integer value as",
)
_SAID_BEFORE: Final = "|".join(map(re.escape, _SAID))
#: a text without one of these has neither, which is quickly seen
_MARKS: Final = ("//", "\\/", "%2f", "url", "base 10:", *map(str.lower, _SAID))
_PART: Final = re.compile(
    rf"(?P<before>\burl\s?[:=]\s?['\"]?(?=/)|(?:{_SAID_BEFORE})\s(?!['\"]?{_SCHEME})"
    r"|with base 10:\s(?='[^'\n]{0,300}@))"
    r"(?:'[^'\n]{0,2000}'|\"[^\"\n]{0,2000}\"|(?!\.\.\.)[^\s'\"]+)",
    re.IGNORECASE,
)
#: the word behind a cut, unless it is no more than text: it may be the rest of an address
_BEHIND_CUT: Final = re.compile(rf"(?<={re.escape(CUT)})(?:\S{{8,500}}|\S{{0,8}}[/?&=]\S{{0,8}})(?=\s|\Z)")
#: what may follow an address in a sentence
_PUNCTUATION: Final = ")]}>,;:.!?'\\"
_HOST: Final = re.compile(r"(?:\[[0-9a-f:.%]+\]|[^\s:@\[\]\\]{1,255})(?::\d{1,5})?", re.IGNORECASE)


def masked(text: str) -> str:
    """Return a text whose addresses show only scheme and host: `https://hooks.example.com/...`."""
    lowered = text.lower()
    if any(mark in lowered for mark in _MARKS):
        text = _ADDRESS.sub(_replaced, text)
        text = _PART.sub(rf"\g<before>{_LEFT_OUT}", text)
    return _BEHIND_CUT.sub(_LEFT_OUT, text) if CUT in text else text


def shown_address(url: str) -> str:
    """Return an address as it can be shown."""
    scheme, separator, rest = url.partition("://")
    if not rest:
        return url
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    path = rest[len(authority) :]
    host = authority.rpartition("@")[2]
    # an `@` in the path may belong to a password that has a slash in it
    if not _HOST.fullmatch(host) or ("@" in path and ":" in authority):
        return f"{scheme}{separator}{_LEFT_OUT}"
    return f"{scheme}{separator}{host}{path if path in {'', '/'} else f'/{_LEFT_OUT}'}"


def _replaced(found: re.Match[str]) -> str:
    address, end = found[0], ""
    if found["plain"]:
        address = address.rstrip(_PUNCTUATION)
        end = found[0][len(address) :]
    if "://" not in address:
        address = address.replace("\\/", "/")
    if "://" not in address:
        address = unquote(address)
    return shown_address(address) + end


#: characters of a value in a sentence, and of a whole sentence
SHORT, LONG = 60, 1_000
#: as many characters counts an item: it costs as much work
ITEM = 10
_SIZED = (str, bytes, list, dict, tuple, set, frozenset, Mapping)
#: bits of a number that Python still writes out
_MAX_BITS = 4096
#: different characters that one hint names
_MAX_NAMED = 3

#: categories of invisible characters: controls, formats, surrogates, separators
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
#: invisible letters and marks: joiners, fillers, variation selectors, an empty Braille pattern
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
#: they belong to what is before them, unless that is ASCII: in emoji, in Persian
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
_LOOKALIKES = {"\u2044": "/", "\u2215": "/", "\u2217": "*", "\u204e": "*", "\u2731": "*", "\u2212": "-"}


def excerpt(value: object, most: int = SHORT) -> str:
    """Return a value as one visible line of at most `most` characters, addresses without secrets; never raises."""
    text = value if isinstance(value, str) else _REPR.repr(value)
    return _line(masked(text[: 4 * most]), most, is_cut=len(text) > 4 * most)


def sentence(text: str, most: int = LONG) -> str:
    """Return a text of ours, in which each value is an excerpt, as one visible line of at most `most` characters."""
    return _line(text[: 4 * most], most, is_cut=len(text) > 4 * most)


def _line(text: str, most: int, *, is_cut: bool) -> str:
    shown = visible(text)
    return f"{shown[: most - 3]}..." if is_cut or len(shown) > most else shown


def quoted(value: object) -> str:
    """Return a value as in Python, a text in quotes, with the limits of an excerpt."""
    return excerpt(_REPR.repr(value), SHORT + 2)


def visible(text: str) -> str:
    """Return a text as one line, with invisible characters as `<U+200B>`."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    marked = (each if is_seen else f"<{_code(each)}>" for each, is_seen in _looked_at(text))
    return " ".join("".join(marked).split())


def is_within(value: object, room: int, *, item: int = ITEM) -> bool:
    """Return whether a value has at most `room` characters, an item counting as `item` of them.

    Aliases count each time. Walks no further than `room`: a few lines of YAML can make 10^12 items. Huge numbers,
    which Python refuses to write out, never fit.
    """
    waiting: list[Iterable[Any]] = [(value,)]
    while waiting:
        for each in waiting.pop():
            if is_huge(each):
                return False
            room -= item + (len(each) if isinstance(each, _SIZED) else 0)
            if room < 0:
                return False
            if isinstance(each, Mapping):
                waiting += [each.keys(), each.values()]
            elif isinstance(each, list | tuple | set | frozenset):
                waiting.append(each)
    return True


def is_huge(value: object) -> bool:
    """Return whether a value is a number that Python refuses to write out."""
    return isinstance(value, int) and value.bit_length() > _MAX_BITS


def invisible_in(text: str) -> list[str]:
    """Return the invisible characters of a text, each once; ASCII white space is none."""
    if text.isascii() and text.isprintable():
        return []
    return [*dict.fromkeys(each for each, is_seen in _looked_at(text) if not is_seen)]


def naming(text: str, *, lookalikes: bool = True) -> str:
    """Return a hint that names invisible characters and lookalikes of ASCII, or an empty text."""
    unseen = invisible_in(text)
    others = [each for each in dict.fromkeys(text) if lookalikes and each not in unseen and _meant(each)]
    return " ".join(_told(each) for each in [*unseen, *others][:_MAX_NAMED])


def _looked_at(text: str) -> Iterable[tuple[str, bool]]:
    """Yield each character, and whether it can be seen."""
    before = "a"
    for each in text:
        is_seen = not _is_unseen(each) or (each in _JOINERS and not before.isascii())
        yield each, is_seen
        # in the place of an invisible one stands its code, which is ASCII
        before = each if is_seen else "a"


def _is_unseen(character: str) -> bool:
    if character in " \t\n\r":
        return False
    if category(character) in _UNSEEN or character in _BLANKS:
        return True
    return any(ord(character) in selectors for selectors in _SELECTORS)


def _meant(character: str) -> str:
    """Return the character of ASCII that another one is easily taken for."""
    if character.isascii():
        return ""
    if character in _LOOKALIKES or category(character) == "Pd":
        return _LOOKALIKES.get(character, "-")
    plain = normalize("NFKC", character)
    return plain if len(plain) == 1 and plain.isascii() else ""


def _told(character: str) -> str:
    told = f"{_code(character)} ({name(character, 'a control character')})"
    if _is_unseen(character):
        if category(character) == "Zs":
            return f"Replace the invisible character {told} by a plain space."
        return f"Delete the invisible character {told}."
    return f"Replace `{character}`, {told}, by `{_meant(character)}`."


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


class _Brief(Repr):
    """Shows a few items of a few levels; calls no code of the values."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 3
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = 6

    def repr_str(self, x: str, level: int) -> str:  # noqa: ARG002 - the base class says so
        return repr(x if len(x) <= SHORT else f"{x[: SHORT - 3]}...")

    def repr_int(self, x: int, level: int) -> str:  # noqa: ARG002
        return "(a huge number)" if is_huge(x) else str(x)

    def repr_instance(self, x: object, level: int) -> str:  # noqa: ARG002
        if x is None or isinstance(x, bool | float | date):
            return str(x)
        return f"({type(x).__name__})"


_REPR = _Brief()
