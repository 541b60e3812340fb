# do not pre-load
"""A section: one mapping of the block, read by its table of keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..problem import Problem, Severity
from ..storable import flaw
from .codes import Code
from .environment import Substitution
from .facts import Path
from .keys import Group, Key
from .names import did_you_mean, normalised
from .refused import HIDDEN, Refused, is_huge, shown, text_of
from .traps import hint_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A known key that stands in the section."""

    key: Key
    path: Path
    #: as it stands in the file
    written: object
    #: what the reader made of it; None when it was refused
    value: Any = None
    #: the variables of the environment that stand in it
    variables: tuple[str, ...] = ()
    refusal: Problem | None = None

    def problem(
        self, code: Code, sentence: str, hint: str = "", severity: Severity = Severity.ERROR
    ) -> Problem:
        """Say what is wrong with the value, without showing what must not be seen."""
        value = HIDDEN if self.key.secret or is_huge(self.written) else self.written
        return Problem(
            code=code.value, path=self.path, value=value, sentence=sentence, hint=hint, severity=severity
        )

    def refused(self, code: Code, sentence: str, hint: str = "") -> Problem:
        """Report an error whose sentence and hint show the value, unless it came out of the environment."""
        if not self.variables:
            return self.problem(code, sentence, hint)
        names = ", ".join(dict.fromkeys(self.variables))
        return self.problem(
            code, f"{self.subject} cannot be used, as the environment has it.", f"See what {names} is set to."
        )

    @property
    def subject(self) -> str:
        """Name the value at the start of a sentence."""
        return "This value" if self.key.secret else shown(self.written)


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

    def refusals(self) -> list[Problem]:
        """Return the problems of the values that no reader took."""
        return [given.refusal for given in self.given.values() if given.refusal]


def read_section(
    block: Mapping[Any, Any], table: Mapping[str, Key], path: Path, environ: Mapping[str, str] | None
) -> Section:
    """Read one mapping, `${NAME}` from `environ` put in. Never raises: whatever is wrong becomes a problem."""
    chosen: dict[str, tuple[object, object]] = {}
    unknown, remarks = [], []
    for written, value in block.items():
        name = text_of(written)
        key = table.get(name) or table.get(normalised(name))
        if key is None:
            unknown.append(_unknown(written, table, (*path, name)))
            continue
        if key.name in chosen:
            remarks.append(_twice(key, (*path, name)))
        # the plain spelling is the one that 0.2.x knew
        if key.name not in chosen or chosen[key.name][0] != key.name:
            chosen[key.name] = (written, value)
    given: dict[str, Given] = {}
    for name, (written, value) in chosen.items():
        read, found = _read(table[name], (*path, text_of(written)), value, environ)
        remarks += found
        if read:
            given[name] = read
    return Section(path=path, given=given, unknown=tuple(unknown), remarks=tuple(remarks))


def _unknown(written: object, table: Mapping[str, Key], path: Path) -> Problem:
    hint = "" if isinstance(written, str) else hint_for(written)
    return Problem(
        code=Code.UNKNOWN_KEY.value,
        path=path,
        value=HIDDEN,
        sentence="This key has no meaning here.",
        hint=hint or did_you_mean(normalised(path[-1]), table),
        severity=Severity.WARNING,
    )


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
    substitution = Substitution(environ=environ or {})
    try:
        value = written if key.section or environ is None else substitution.of(written)
    except Refused as error:
        return _not_taken(Given(**stands), error), []
    stands["variables"] = tuple(substitution.used)
    remarks = [_undefined(Given(**stands), name) for name in dict.fromkeys(substitution.undefined)]
    if remarks and not key.payload:
        return Given(**stands, refusal=remarks[0]), remarks[1:]
    try:
        return Given(**stands, value=_kept(key, key.read(value))), remarks
    except Refused as error:
        return _not_taken(Given(**stands), error), []


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
