# do not pre-load
"""Addresses, with nothing left of them but scheme and host: all else may be what lets people in.

User, password and query may be secrets; of many webhooks and monitors the path is one, too.
"""

from __future__ import annotations

import re
from typing import Final
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
_SAID_BEFORE: Final = r"Invalid URL|Failed to parse:|control characters\.|nonnumeric port:|integer value as"
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
