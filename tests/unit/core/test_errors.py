"""What the package raises."""

import sys
import traceback

import pytest

from docassemble.Scheduler.core.errors import DefinitionError, SchedulerError, UnknownJob


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tracebacks have no notes before Python 3.11")
@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (SchedulerError("no", hint="say yes"), "say yes"),
        (UnknownJob("hourli", ["hourly"]), "did you mean 'hourly'?"),
        (DefinitionError("no", hint="Did you mean `retries`?"), "Did you mean `retries`?"),
    ],
)
def test_a_traceback_shows_the_hint(error, hint):
    shown = "".join(traceback.format_exception(error)).splitlines()
    assert shown[-1] == f"Hint: {hint}"
    assert hint not in str(error)


def test_an_error_without_a_hint_has_no_empty_one():
    assert "Hint" not in "".join(traceback.format_exception(SchedulerError("no")))
