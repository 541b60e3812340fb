# do not pre-load
"""A problem of the configuration: collected as data, shown to people in the log and by docassemble."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .addresses import masked
from .excerpt import excerpt, is_within, sentence
from .storable import LONGEST_NAME, storable

#: as much of a value is kept as it is
_SMALL = 200


class Severity(Enum):
    """How much a problem costs."""

    #: the job does not run (or the setting falls back to its default)
    ERROR = "error"
    #: legal, or harmless to the job, but probably not what was meant
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in the `scheduler:` block."""

    #: stable, for tests, documentation and searches: `unknown-key`
    code: str
    #: where it stands: `("scheduler", "test.heartbeat", "minute")`
    path: tuple[str, ...]
    #: the value as it was written (before variables of the environment were put in)
    value: object
    #: one sentence: what is wrong
    sentence: str
    #: the way out; may be empty
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __post_init__(self) -> None:
        # whatever is wrong with a text, the pages and logs that show it must not trip over it
        object.__setattr__(self, "path", tuple(map(_part, self.path)))
        for name in ("sentence", "hint"):
            object.__setattr__(self, name, sentence(getattr(self, name)))
        if not is_within(self.value, _SMALL):
            object.__setattr__(self, "value", excerpt(self.value))
        elif isinstance(self.value, str):
            object.__setattr__(self, "value", masked(self.value))

    @property
    def place(self) -> tuple[str, ...]:
        """The path to show: each part visible and cut."""
        return tuple(excerpt(each, _SMALL) for each in self.path)

    def __str__(self) -> str:
        text = f"{' -> '.join(self.place)}: {self.sentence}"
        return f"{text} Hint: {self.hint} [{self.code}]" if self.hint else f"{text} [{self.code}]"


def _part(key: str) -> str:
    return storable(key if len(key) <= LONGEST_NAME else f"{key[: LONGEST_NAME - 3]}...", LONGEST_NAME)
