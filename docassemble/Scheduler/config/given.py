# do not pre-load
"""Given: one known key with its value, and how people are told what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..core.excerpt import naming
from ..core.problem import Problem, Severity
from .codes import Code
from .facts import Path
from .keys import Key
from .refused import HIDDEN, shown

#: how far a text is searched for what cannot be seen
FAR = 1_000


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
        value = HIDDEN if self.key.secret else self.written
        return Problem(
            code=code.value, path=self.path, value=value, sentence=sentence, hint=hint, severity=severity
        )

    def refused(self, code: Code, sentence: str, hint: str = "") -> Problem:
        """Report an error whose sentence and hint show the value, unless it came out of the environment."""
        if not self.variables:
            return self.problem(code, sentence, joined(naming(self.text), hint))
        names = ", ".join(dict.fromkeys(self.variables))
        return self.problem(
            code, f"{self.subject} cannot be used, as the environment has it.", f"See what {names} is set to."
        )

    def warned(self, code: Code, sentence: str, hint: str) -> Problem:
        """Warn in a sentence and a hint that show the value, unless it came out of the environment."""
        if self.variables:
            names = ", ".join(dict.fromkeys(self.variables))
            sentence = f"{self.subject} has a trap, as the environment has it: {code.explanation}"
            hint = f"See what {names} is set to."
        return self.problem(code, sentence, hint, Severity.WARNING)

    @property
    def text(self) -> str:
        """What is written, as far as it is looked through for strange characters; the first texts of a list."""
        parts = self.written if isinstance(self.written, list) else [self.written]
        return " ".join(each[:FAR].strip() for each in parts[:20] if isinstance(each, str))

    @property
    def subject(self) -> str:
        """Name the value at the start of a sentence."""
        return "This value" if self.key.secret else shown(self.written)


def joined(*hints: str) -> str:
    """Return hints as one, without those that are empty."""
    return " ".join(filter(None, hints))
