# do not pre-load
"""How far a run is, as its job tells it: whatever that hands in becomes numbers and a text that can be kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from .errors import is_interruption
from .texts.storable import MAX_NAME
from .texts.text import text_of

#: larger numbers count nothing
_MAX_NUMBER: Final = 1e15
_NUMBERS: Final = (int, float)

#: done, total, text
Told = tuple[float, float | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is."""

    #: at least 0; it may be more than the total
    done: float
    #: more than 0; None = it is not known
    total: float | None = None
    text: str = ""
    #: when that was reported
    at: datetime

    @classmethod
    def of(cls, told: Told, at: datetime) -> Progress:
        """Return what a job has told, with numbers that are none taken for unknown ones."""
        done, total, text = told
        known = None if total is None else _known(total)
        return cls(
            done=max(_known(done) or 0.0, 0.0), total=known if (known or 0) > 0 else None, text=text, at=at
        )

    @property
    def share(self) -> float | None:
        """How much of the total is done, 0 to 1; None when the total is not known."""
        return None if self.total is None else min(self.done / self.total, 1.0)


def told(done: Any, total: Any, text: Any) -> Told:
    """Return what a job hands in; no code of the objects is called later, and none of them is kept."""
    # the usual case takes a fraction of a microsecond
    if type(done) not in _NUMBERS:
        done = _number(done)
    if total is not None and type(total) not in _NUMBERS:
        total = _number(total)
    if type(text) is not str or len(text) > MAX_NAME:
        text = text_of(text, MAX_NAME)
    return done, total, text


def _number(value: Any) -> float:
    try:
        return float(value)
    except BaseException as error:
        if is_interruption(error):
            raise
        return math.nan


def _known(number: float) -> float | None:
    """Return a number as a float; None when it is no number, or too large for one."""
    return float(number) if -_MAX_NUMBER <= number <= _MAX_NUMBER else None
