# do not pre-load
"""Why a text is not YAML, in words: what PyYAML and libyaml say is meant for people who write parsers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from ...config.keys import CRON_FIELDS
from ...config.values.hints import normalised
from ...core.texts.excerpt import excerpt

#: as much of a line is looked at
_FAR = 1_000
_VALUE = re.compile(r"\s*(?:- +)*(?P<key>[^\s:#'\"{\[][^:#]*?)\s*:\s+(?P<value>[^#]*?)\s*(?:#.*)?")
#: characters that cannot begin a value, and what they mean to YAML there
_SIGNS = {
    "*": "refers to an anchor",
    "&": "sets an anchor",
    "@": "is reserved",
    "`": "is reserved",
    "%": "begins a directive",
    "!": "names a tag",
    "|": "begins a block of text",
    ">": "begins a block of text",
    ",": "separates items",
    "]": "ends a list",
    "}": "ends a mapping",
    "?": "begins a key",
}
_QUOTE = 'Put the value into quotes: `"..."`.'
_MIND = "Mind indentation, quotes and colons."
#: what is in the messages of one parser or the other; where to look, what is wrong, and the way out
_KINDS = (
    (
        "unexpected end of stream",
        "A quote that opens in this line is never closed.",
        "Close it, or put a quote that belongs to the text into quotes of the other kind.",
    ),
    (
        "mapping values are not allowed",
        "Here is a colon where no key can be.",
        "Quote the value if the colon belongs to it; else mind the indentation, and the colon of the line before.",
    ),
    (
        "a flow ",
        "A bracket that opens in this line is not closed, or a comma is missing.",
        "Close it with `]` or `}`, and quote texts that have brackets in them.",
    ),
    (
        "(?:expected <block end>|did not find expected (?:key|'-' indicator))",
        "This line does not fit to those before it.",
        "Indent it like its neighbours; where it goes on after a quote that is closed, quote all of the value.",
    ),
    (
        "sequence entries are not allowed",
        "Here is a dash where no list can be.",
        "Begin the list in a line of its own, further indented.",
    ),
    (
        "unhashable key",
        "Here is a list or mapping in the place of a key.",
        'Put a value that begins with `{` into quotes: `"{{ ... }}"`.',
    ),
    (
        "but found another document",
        "Here a second document begins.",
        "Delete the line `---`.",
    ),
)


class TooMuch(YAMLError):
    """A text would become more than it looks like; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class YamlFault:
    """Where a text is not YAML, and why."""

    line: int | None
    sentence: str
    hint: str


def explain(error: Exception, text: str) -> YamlFault:  # noqa: PLR0911 - one for each kind
    """Say what a parser means by the error that it raised for a text."""
    if isinstance(error, ReaderError):
        return _unreadable(error, text)
    if isinstance(error, TooMuch):
        return YamlFault(None, f"{str(error)[:1].upper()}{str(error)[1:]}.", "Write it shorter.")
    if isinstance(error, RecursionError):
        return YamlFault(None, "The text is nested too deeply.", "Close brackets, and indent less.")
    if not isinstance(error, MarkedYAMLError):
        return YamlFault(None, f"{type(error).__name__}: {excerpt(str(error))}.", _MIND)
    said = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    for place in (error.context_mark, error.problem_mark):
        if place is not None and (sign := _of_sign(said, _line(text, place.line), place.column)):
            return YamlFault(place.line + 1, *sign)
    if "tab" in said or (mark is not None and _line(text, mark.line)[mark.column : mark.column + 1] == "\t"):
        return YamlFault(
            _number(error, first=False), "Here is a tab.", "Indent with spaces: YAML takes no tabs there."
        )
    for pattern, sentence, hint in _KINDS:
        if re.search(pattern, said):
            return YamlFault(_number(error, first="opens in this line" in sentence), sentence, hint)
    return YamlFault(_number(error, first=False), f"{excerpt(said.strip(), 200)}.", _MIND)


def _of_sign(said: str, line: str, column: int) -> tuple[str, str] | None:
    """Tell of a value without quotes that begins with a character that means something to YAML."""
    sign = line[column : column + 1]
    about = (
        "alias",
        "an anchor",
        "cannot start any token",
        "for the tag",
        "block scalar",
        "a tag",
        "node content",
    )
    if sign not in _SIGNS or not any(each in said for each in about):
        return None
    named = "A backtick" if sign == "`" else f"`{sign}`"
    return f"{named} without quotes {_SIGNS[sign]} in YAML.", _quoted(line)


def _quoted(line: str) -> str:
    """Return the hint to quote the value of a line, and how that looks if it says when a job is due."""
    found = _VALUE.fullmatch(line)
    if found is None or normalised(found["key"]) not in {*CRON_FIELDS, "crontab"}:
        return _QUOTE
    value = found["value"].replace('"', "").replace("'", "")
    return f'Quote all of it: `{found["key"]}: "{excerpt(value)}"`.'


def _line(text: str, number: int) -> str:
    # as PyYAML counts them, and not the further characters at which splitlines() cuts
    lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", text)
    return lines[number][:_FAR] if number < len(lines) else ""


def _number(error: MarkedYAMLError, *, first: bool) -> int | None:
    """Return the line of the mistake: where what is not finished begins, or where it was noticed."""
    marks = (error.context_mark, error.problem_mark) if first else (error.problem_mark, error.context_mark)
    return next((mark.line + 1 for mark in marks if mark is not None), None)


def _unreadable(error: ReaderError, text: str) -> YamlFault:
    line = None
    if isinstance(error.position, int):
        line = text.count("\n", 0, error.position) + 1
    code = error.character if isinstance(error.character, int) else ord(str(error.character)[:1] or "\0")
    return YamlFault(
        line,
        f"Here is the character U+{code:04X}, which YAML does not take.",
        "Delete it: it cannot be seen.",
    )
