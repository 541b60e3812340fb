# do not pre-load
"""A section: one mapping of the block, read by its table of keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..core.excerpt import excerpt, is_within, naming
from ..core.problem import Problem, Severity
from ..core.storable import flaw
from .codes import Code
from .environment import Substitution
from .facts import Path
from .given import FAR, Given, joined
from .keys import Group, Key
from .names import did_you_mean, normalised
from .refused import HIDDEN, Refused, text_of
from .traps import hint_for

#: as many items and characters may stand in arguments, which are somebody else's, and in other values
PAYLOAD, ORDINARY = 1_000_000, 100_000
#: of so many unknown keys of one mapping each is a problem of its own, with a guess at what was meant
MOST_STRANGERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What one mapping gives: the known keys by name, and the problems of the others."""

    path: Path
    given: Mapping[str, Given] = field(default_factory=dict)
    #: keys that no row of the table knows
    unknown: tuple[Problem, ...] = ()
    #: problems that take no value away
    remarks: tuple[Problem, ...] = ()

    def value(self, name: str, default: Any = None) -> Any:
        """Return what was read for a key, or the default when it is not given, or refused."""
        given = self.given.get(name)
        return default if given is None or given.refusal else given.value

    def of(self, *groups: Group) -> dict[str, Given]:
        """Return the keys of some groups."""
        return {name: given for name, given in self.given.items() if given.key.group in groups}

    def fields(self) -> dict[str, Any]:
        """Return the values that are fields of the result, by the names of the fields."""
        fields = self.of(Group.FIELD).values()
        return {given.key.field: given.value for given in fields if not given.refusal}

    def written(self) -> dict[str, Any]:
        """Return how the values are written that the environment gave, by the names of the fields."""
        return {each.key.field: _as_written(each) for each in self.given.values() if each.variables}

    def refusals(self) -> list[Problem]:
        """Return the problems of the values that no reader took."""
        return [given.refusal for given in self.given.values() if given.refusal]


def read_section(
    block: Mapping[Any, Any], table: Mapping[str, Key], path: Path, environ: Mapping[str, str] | None
) -> Section:
    """Read one mapping, `${NAME}` from `environ` put in. Never raises: whatever is wrong becomes a problem."""
    chosen: dict[str, tuple[object, object]] = {}
    unknown, remarks, strangers = [], [], 0
    for written, value in block.items():
        name = text_of(written)
        key = table.get(name) or table.get(normalised(name))
        if key is None:
            strangers += 1
            if strangers <= MOST_STRANGERS:
                unknown.append(_unknown(written, table, (*path, name)))
            continue
        if key.name in chosen:
            remarks.append(_twice(key, (*path, name)))
        # the plain spelling is the one that 0.2.x knew
        if key.name not in chosen or chosen[key.name][0] != key.name:
            chosen[key.name] = (written, value)
    if strangers > MOST_STRANGERS:
        unknown.append(_more_unknown(strangers - MOST_STRANGERS, path))
    given: dict[str, Given] = {}
    for name, (written, value) in chosen.items():
        read, found = _read(table[name], (*path, text_of(written)), value, environ)
        remarks += found
        if read:
            given[name] = read
    return Section(path=path, given=given, unknown=tuple(unknown), remarks=tuple(remarks))


def _more_unknown(count: int, path: Path) -> Problem:
    return Problem(
        code=Code.UNKNOWN_KEY.value,
        path=path,
        value=HIDDEN,
        sentence=f"{count} more keys have no meaning here.",
        hint="See that what stands here is meant to stand here.",
        severity=Severity.WARNING,
    )


def _unknown(written: object, table: Mapping[str, Key], path: Path) -> Problem:
    hint = naming(written[:FAR]) if isinstance(written, str) else hint_for(written)
    return Problem(
        code=Code.UNKNOWN_KEY.value,
        path=path,
        value=HIDDEN,
        sentence="This key has no meaning here.",
        hint=joined(hint, "" if hint and not isinstance(written, str) else _guess(path[-1], table)),
        severity=Severity.WARNING,
    )


def _as_written(given: Given) -> str | tuple[str, ...]:
    if isinstance(given.written, list | tuple | set):
        return tuple(map(excerpt, given.written))
    return (excerpt(given.written),) if isinstance(given.value, frozenset) else excerpt(given.written)


def _guess(key: str, table: Mapping[str, Key]) -> str:
    return did_you_mean(normalised(key), table)


def _invisible(given: Given) -> list[Problem]:
    """Warn of a name that is not what it looks like: it is compared with others, character by character."""
    if not given.key.is_name or not (hint := naming(given.text, lookalikes=False)):
        return []
    sentence = f"{given.subject} contains a character that cannot be seen."
    return [given.problem(Code.INVISIBLE_CHARACTER, sentence, hint, Severity.WARNING)]


def _twice(key: Key, path: Path) -> Problem:
    return Problem(
        code=Code.DOUBLED_KEY.value,
        path=path,
        value=HIDDEN,
        sentence=f"`{key.name}` stands here twice, in different spellings; one of them has no effect.",
        hint="Keep one of them.",
        severity=Severity.WARNING,
    )


def _read(
    key: Key, path: Path, written: object, environ: Mapping[str, str] | None
) -> tuple[Given | None, list[Problem]]:
    stands: dict[str, Any] = {"key": key, "path": path, "written": written}
    if written is None:
        return _blank(Given(**stands))
    if key.may_be_blank and not written:
        return None, []
    substitution = Substitution(environ=environ or {}, room=_room(key))
    try:
        _weigh(key, written)
        value = written if key.section or environ is None else substitution.of(written)
    except Refused as error:
        return _not_taken(Given(**stands), error), []
    stands["variables"] = tuple(substitution.used)
    remarks = [_undefined(Given(**stands), name) for name in dict.fromkeys(substitution.undefined)]
    if remarks and not key.payload:
        return Given(**stands, refusal=remarks[0]), remarks[1:]
    try:
        given = Given(**stands, value=_kept(key, key.read(value)))
        return given, [*remarks, *_invisible(given)]
    except Refused as error:
        return _not_taken(Given(**stands), error), []


def _weigh(key: Key, value: object) -> None:
    """Raise Refused for what is larger than anything that can be meant: nobody is to walk through it."""
    # what is below these is weighed key by key
    if key.section and isinstance(value, Mapping):
        return
    if not is_within(value, _room(key)):
        code = Code.BAD_ARGUMENTS if key.payload else Code.TOO_LARGE
        hint = (
            "Look for an alias (`*name`) inside of what it stands for." if not isinstance(value, str) else ""
        )
        raise Refused(code, "is too large, or contains itself", hint=hint or "Make it shorter.")


def _room(key: Key) -> int:
    return PAYLOAD if key.payload else ORDINARY


def _kept(key: Key, read: Any) -> Any:
    """Return what was read; raises Refused when a database cannot keep its texts."""
    if key.payload:
        return read
    texts = [read] if isinstance(read, str) else sorted(read) if isinstance(read, frozenset) else read
    for each in texts if isinstance(texts, list | tuple) else ():
        wrong = flaw(each, key.longest) if isinstance(each, str) else None
        if wrong is not None:
            raise Refused(Code.NOT_STORABLE, wrong.reason, hint=wrong.hint)
    return read


def _not_taken(given: Given, error: Refused) -> Given:
    return replace(given, refusal=given.refused(error.code, f"{given.subject} {error}.", error.hint))


def _blank(given: Given) -> tuple[Given | None, list[Problem]]:
    if given.key.may_be_blank:
        sentence = "This key has no value and counts as not given."
        return None, [given.problem(Code.BLANK_VALUE, sentence, severity=Severity.WARNING)]
    problem = given.problem(Code.BLANK_VALUE, "This key has no value.", "Give it one, or leave it out.")
    return replace(given, refusal=problem), []


def _undefined(given: Given, name: str) -> Problem:
    return given.problem(
        Code.UNDEFINED_VARIABLE,
        f"The environment has no variable {name}.",
        f"Give it a default: `${{{name}:-...}}`.",
        Severity.WARNING if given.key.payload else Severity.ERROR,
    )
