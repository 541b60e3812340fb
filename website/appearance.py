"""Whether a page looks the same on the site as on GitHub: both are counted, what they are made of."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from markdown_it import MarkdownIt

#: the parts of a page that the two ways to read Markdown disagree about, when they do
PARTS = {
    "list_item_open": "li",
    "table_open": "table",
    "tr_open": "tr",
    "td_open": "td",
    "blockquote_open": "blockquote",
    "fence": "pre",
    "code_block": "pre",
    "image": "img",
}


def differences(text: str, html: str) -> Mapping[str, tuple[int, int]]:
    """Return how many of each part GitHub shows and how many the site does, where that is not the same."""
    expected, found = _on_github(text), Counter(re.findall(r"<(li|table|tr|td|blockquote|pre|img)\b", html))
    return {part: (expected[part], found[part]) for part in PARTS.values() if expected[part] != found[part]}


def _on_github(text: str) -> Counter[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inner = [child for token in tokens for child in token.children or ()]
    return Counter(PARTS[kind] for kind in _kinds([*tokens, *inner]) if kind in PARTS)


def _kinds(tokens: Iterable[object]) -> Iterable[str]:
    return (str(getattr(token, "type", "")) for token in tokens)


def foreign(html: str) -> list[str]:
    """Return the addresses of other servers that a page would load something from."""
    loads = re.findall(
        r"<(?:script|img|iframe|source|video)\b[^>]*?\bsrc=[\"']?((?:https?:)?//[^\"'\s>]+)", html
    )
    sheets = re.findall(r"<link\b[^>]*?\bhref=[\"']?((?:https?:)?//[^\"'\s>]+)", html)
    return [*loads, *(each for each in sheets if "rel=canonical" not in each)]
