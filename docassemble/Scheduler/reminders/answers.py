# do not pre-load
"""Values of a session while nobody is there to answer questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .reminder import ReminderError

Value = TypeVar("Value")
#: so many variables one text may need that blocks of code compute
LIMIT = 200


def evaluated(answers: dict[str, Any], evaluate: Callable[[], Value]) -> Value:
    """Return a value, and let docassemble compute what it needs; raises ReminderError if a question has to be asked.

    An action in which docassemble asks a question, or finds none to ask, ends there and counts as successful. So we
    have to look for undefined variables here.
    """
    from docassemble.base.error import DAAttributeError, DAErrorMissingVariable, DAIndexError
    from docassemble.base.parse import extract_missing_name

    for _ in range(LIMIT):
        try:
            return evaluate()
        except (NameError, DAAttributeError, DAIndexError) as error:
            missing = extract_missing_name(error)
        try:
            found = _ask_for(missing, answers)
        except DAErrorMissingVariable as error:
            raise ReminderError(f"not sent: no block defines `{error.variable}`") from error
        if found["type"] not in ("continue", "re_run", "refresh"):
            raise ReminderError(f"not sent: it needs `{missing}`, which only the user can answer")
    raise ReminderError(f"not sent: it needs more than {LIMIT} variables that have to be computed")


def _ask_for(missing: str, answers: dict[str, Any]) -> dict[str, Any]:
    from docassemble.base.functions import this_thread

    asked: dict[str, Any] = this_thread.interview.askfor(
        missing, answers, answers, this_thread.interview_status, seeking=[], follow_mc=True
    )
    return asked
