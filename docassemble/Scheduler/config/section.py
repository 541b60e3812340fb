# do not pre-load
"""A section: one mapping of the block, read by its table of keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..core.problem import Path, Problem, Severity
from ..core.texts.excerpt import excerpt, is_within, naming
from ..core.texts.storable import flaw
from .codes import Code, InvalidValue
from .environment import Environment, FromVariable, Substitution
from .keys import Group, Key, find
from .values.hints import hint_for, meant, normalised, shown, text_of

#: as many items and characters may stand in arguments, which are somebody else's, and in other values
PAYLOAD, ORDINARY = 1_000_000, 100_000
#: of so many unknown keys of one mapping each is a problem of its own, with a guess at what was meant
MAX_UNKNOWN_KEYS = 20
#: how far a text is searched for what cannot be seen
FAR = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedValue:
    """The value of a known key."""

    key: Key
    path: Path
    #: as it stands in the file
    written: object
    #: what the reader made of it; None when it was refused
    value: Any = None
    #: the variables of the environment that stand in it
    variables: tuple[str, ...] = ()
    #: why it was refused
    error: Problem | None = None

    def problem(
        self, code: Code, sentence: str, hint: str = "", severity: Severity = Severity.ERROR
    ) -> Problem:
        """Return a problem of the value."""
        return code.problem(self.path, sentence, hint, severity)

    def refused(self, code: Code, sentence: str, hint: str = "") -> Problem:
        """Report an error whose sentence and hint show the value, unless it came out of the environment."""
        if self.variables:
            sentence = f"{self.subject} cannot be used, as the environment has it."
            return self.problem(code, sentence, self._see_environment)
        return self.problem(code, sentence, joined(naming(self.text), hint))

    def warned(self, code: Code, sentence: str, hint: str) -> Problem:
        """Warn in a sentence and a hint that show the value, unless it came out of the environment."""
        if self.variables:
            sentence = f"{self.subject} has a trap, as the environment has it: {code.explanation}"
            hint = self._see_environment
        return code.warning(self.path, sentence, hint)

    @property
    def text(self) -> str:
        """What is written, as far as it is looked through for strange characters; the first texts of a list."""
        parts = self.written if isinstance(self.written, list) else [self.written]
        return " ".join(each[:FAR].strip() for each in parts[:20] if isinstance(each, str))

    @property
    def subject(self) -> str:
        """Name the value at the start of a sentence."""
        return "This value" if self.key.secret else shown(self.written)

    @property
    def source(self) -> str | tuple[str, ...]:
        """How the value is written, for a field of its kind."""
        if isinstance(self.written, list | tuple | set):
            return tuple(map(excerpt, self.written))
        return (excerpt(self.written),) if isinstance(self.value, frozenset) else excerpt(self.written)

    @property
    def _see_environment(self) -> str:
        return f"See what {', '.join(dict.fromkeys(self.variables))} is set to."


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What one mapping gives: the known keys by name, and the problems of the others."""

    path: Path
    given: Mapping[str, ParsedValue] = field(default_factory=dict)
    #: keys that no row of the table knows
    unknown: tuple[Problem, ...] = ()
    #: problems that take no value away
    warnings: tuple[Problem, ...] = ()

    def value(self, name: str, default: Any = None) -> Any:
        """Return what was read for a key, or the default when it is not given, or refused."""
        given = self.given.get(name)
        return default if given is None or given.error else given.value

    def of(self, *groups: Group) -> dict[str, ParsedValue]:
        """Return the keys of some groups."""
        return {name: given for name, given in self.given.items() if given.key.group in groups}

    def fields(self) -> dict[str, Any]:
        """Return the values that are fields of the result, by the names of the fields."""
        fields = self.of(Group.FIELD).values()
        return {given.key.field: given.value for given in fields if not given.error}

    def written(self) -> dict[str, Any]:
        """Return how the values are written that the environment gave, by the names of the fields."""
        return {each.key.field: each.source for each in self.given.values() if each.variables}

    def errors(self, *groups: Group) -> list[Problem]:
        """Return the problems of the values that no reader took; of all keys, or those of some groups."""
        given = self.of(*groups) if groups else self.given
        return [each.error for each in given.values() if each.error]


def read_section(
    block: Mapping[Any, Any], table: Mapping[str, Key], path: Path, environment: Environment | None
) -> Section:
    """Read one mapping, `${NAME}` from the environment put in. Never raises: whatever is wrong becomes a problem."""
    chosen: dict[str, tuple[str, object]] = {}
    unknown, warnings = [], []
    for written, value in block.items():
        name = text_of(written)
        key = find(table, name)
        if key is None:
            unknown.append(written)
            continue
        if key.name in chosen:
            warnings.append(_twice(key, (*path, name)))
        # the plain spelling is the one that 0.2.x knew
        if key.name not in chosen or chosen[key.name][0] != key.name:
            chosen[key.name] = (name, value)
    given: dict[str, ParsedValue] = {}
    for name, (written, value) in chosen.items():
        read, found = _read(table[name], (*path, written), value, environment)
        warnings += found
        if read:
            given[name] = read
    return Section(path=path, given=given, unknown=_unknown(unknown, table, path), warnings=tuple(warnings))


def joined(*hints: str) -> str:
    """Return hints as one, without those that are empty."""
    return " ".join(filter(None, hints))


def _unknown(keys: list[object], table: Mapping[str, Key], path: Path) -> tuple[Problem, ...]:
    found = [_unknown_key(key, table, (*path, text_of(key))) for key in keys[:MAX_UNKNOWN_KEYS]]
    if more := len(keys) - len(found):
        sentence, hint = (
            f"{more} more keys have no meaning here.",
            "See that what stands here is meant to stand here.",
        )
        found.append(Code.UNKNOWN_KEY.warning(path, sentence, hint))
    return tuple(found)


def _unknown_key(written: object, table: Mapping[str, Key], path: Path) -> Problem:
    hint = naming(written[:FAR]) if isinstance(written, str) else hint_for(written)
    if isinstance(written, str) or not hint:
        hint = joined(hint, meant(normalised(path[-1]), table))
    return Code.UNKNOWN_KEY.warning(path, "This key has no meaning here.", hint)


def _twice(key: Key, path: Path) -> Problem:
    sentence = f"`{key.name}` stands here twice, in different spellings; one of them has no effect."
    return Code.DOUBLED_KEY.warning(path, sentence, "Keep one of them.")


def _read(
    key: Key, path: Path, given: object, environment: Environment | None
) -> tuple[ParsedValue | None, list[Problem]]:
    """Read one value; the problems are those that do not take it away."""
    written, plain = (given.written, given.value) if isinstance(given, FromVariable) else (given, given)
    if plain is None or (key.may_be_blank and not plain):
        return _blank(key, path, plain)
    substitution = Substitution(environment=environment or Environment(process={}), room=_room(key))
    variables: tuple[str, ...] = ()
    try:
        _check_size(key, plain)
        value = plain if key.section or environment is None else substitution.of(given)
        variables = tuple(substitution.used)
        undefined = [_undefined(key, path, name) for name in dict.fromkeys(substitution.undefined)]
        if undefined and not key.payload:
            error, *others = undefined
            return ParsedValue(key=key, path=path, written=written, variables=variables, error=error), others
        read = key.read(value)
        _check_storable(key, read)
    except InvalidValue as error:
        refused = ParsedValue(key=key, path=path, written=written, variables=variables)
        return replace(
            refused, error=refused.refused(error.code, f"{refused.subject} {error}.", error.hint)
        ), []
    taken = ParsedValue(key=key, path=path, written=written, value=read, variables=variables)
    return taken, [*undefined, *_invisible(taken)]


def _check_size(key: Key, value: object) -> None:
    """Raise InvalidValue for what is larger than anything that can be meant: nobody is to walk through it."""
    # what is below a section is checked key by key
    if (key.section and isinstance(value, Mapping)) or is_within(value, _room(key)):
        return
    code = Code.BAD_ARGUMENTS if key.payload else Code.TOO_LARGE
    hint = (
        "Make it shorter."
        if isinstance(value, str)
        else "Look for an alias (`*name`) inside of what it stands for."
    )
    raise InvalidValue(code, "is too large, or contains itself", hint=hint)


def _room(key: Key) -> int:
    return PAYLOAD if key.payload else ORDINARY


def _check_storable(key: Key, read: Any) -> None:
    """Raise InvalidValue when a database cannot keep the texts of what was read."""
    if key.payload:
        return
    texts = [read] if isinstance(read, str) else sorted(read) if isinstance(read, frozenset) else read
    for each in texts if isinstance(texts, list | tuple) else ():
        if isinstance(each, str) and (wrong := flaw(each, key.longest)):
            raise InvalidValue(Code.NOT_STORABLE, wrong.reason, hint=wrong.hint)


def _blank(key: Key, path: Path, written: object) -> tuple[ParsedValue | None, list[Problem]]:
    if not key.may_be_blank:
        error = Code.BLANK_VALUE.problem(path, "This key has no value.", "Give it one, or leave it out.")
        return ParsedValue(key=key, path=path, written=written, error=error), []
    sentence = "This key has no value and counts as not given."
    return None, [Code.BLANK_VALUE.warning(path, sentence)] if written is None else []


def _invisible(given: ParsedValue) -> list[Problem]:
    """Warn of a name that is not what it looks like: it is compared with others, character by character."""
    if not given.key.is_name or not (hint := naming(given.text, lookalikes=False)):
        return []
    sentence = f"{given.subject} contains a character that cannot be seen."
    return [Code.INVISIBLE_CHARACTER.warning(given.path, sentence, hint)]


def _undefined(key: Key, path: Path, name: str) -> Problem:
    sentence = f"The environment has no variable {name}."
    hint = f"Give it a default: `${{{name}:-...}}`."
    severity = Severity.WARNING if key.payload else Severity.ERROR
    return Code.UNDEFINED_VARIABLE.problem(path, sentence, hint, severity)
