# do not pre-load
"""A problem of the configuration: collected as data, shown to people in the log and by docassemble."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .errors import capital
from .texts.excerpt import excerpt, sentence
from .texts.storable import MAX_NAME, storable

#: the keys that lead to a value: `("scheduler", "test.heartbeat", "minute")`
Path = tuple[str, ...]
#: as much of a key is shown
_MAX_KEY = 200


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
    #: where it stands
    path: Path
    #: one sentence: what is wrong
    sentence: str
    #: the way out; may be empty
    hint: str = ""
    severity: Severity = Severity.ERROR
    #: the line of the configuration file where the job or key stands, from 1; None = not known, or not in the file
    line: int | None = None

    def __post_init__(self) -> None:
        # whatever is wrong with a text, the pages and logs that show it must not trip over it
        object.__setattr__(self, "path", tuple(map(path_part, self.path)))
        for name in ("sentence", "hint"):
            object.__setattr__(self, name, capital(sentence(getattr(self, name))))

    @property
    def place(self) -> tuple[str, ...]:
        """The path to show: each part visible and cut."""
        return tuple(excerpt(each, _MAX_KEY) for each in self.path)

    def __str__(self) -> str:
        text = f"{' -> '.join(self.place)}: {self.sentence}"
        return f"{text} Hint: {self.hint} [{self.code}]" if self.hint else f"{text} [{self.code}]"


def path_part(key: str) -> str:
    """Return a key as it stands in the path of a problem."""
    return storable(key if len(key) <= MAX_NAME else f"{key[: MAX_NAME - 3]}...", MAX_NAME)
