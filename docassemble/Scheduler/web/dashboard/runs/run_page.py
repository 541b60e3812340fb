# do not pre-load
"""The page of a run: how far it is, what it returned, and what went wrong, each said once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ....core.run import Status
from ....core.texts.storable import storable
from ....execution.results import result_value
from ....store.records import RunRecord

#: the page of a run that goes on is brought up to date so often (seconds)
EVERY: Final = 2
#: so much of an error is shown unfolded: characters, and lines
HEAD, HEAD_LINES = 400, 4
#: a result is never longer when it is laid out (characters)
_MAX_LAYOUT: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """A run, as its page shows it."""

    run: RunRecord
    #: how long its job takes as a rule; None when that is not known, or the run has ended
    usual: timedelta | None = None
    #: whether who looks may see where in its code it is
    may_look: bool = False

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.run.status is Status.RUNNING

    @property
    def every(self) -> int | None:
        """How often the page is brought up to date (seconds); None = as often as any page."""
        return EVERY if self.is_running else None

    @property
    def shows_progress(self) -> bool:
        """Whether the last progress says anything: of a success it is a little behind."""
        return self.run.progress is not None and self.run.status is not Status.SUCCEEDED

    @property
    def error(self) -> tuple[str, str]:
        """The error, in two parts; the second one is folded, and mostly empty."""
        text = (self.run.error or "").rstrip()
        lines = text.splitlines(keepends=True)
        head = "".join(lines[:HEAD_LINES])[:HEAD]
        if len(text) - len(head) < HEAD / 4:  # not worth folding
            return text, ""
        return head, text[len(head) :]

    @property
    def traceback(self) -> str:
        """The traceback without the error at its end, which stands above it."""
        return (self.run.traceback or "").rstrip().removesuffix("".join(self.error))

    @property
    def is_split(self) -> bool:
        """Whether the traceback goes on with the error."""
        return self.traceback != (self.run.traceback or "").rstrip()

    @property
    def result(self) -> str | None:
        """What the function returned: a text as it is, and other JSON as JSON."""
        value = result_value(self.run.result)
        return value if value is None or isinstance(value, str) else _json(value)

    @property
    def is_structured(self) -> bool:
        """Whether the result is a list or a dictionary that is not empty."""
        value = result_value(self.run.result)
        return isinstance(value, list | dict) and bool(value)


def _json(value: object) -> str:
    return storable(json.dumps(value, indent=2, ensure_ascii=False), _MAX_LAYOUT)
