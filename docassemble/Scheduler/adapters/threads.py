# do not pre-load
"""What docassemble keeps for each thread, and what must not stay behind in it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def thread_data() -> Iterator[Any]:
    """Give docassemble's `this_thread` fresh contents, and put back what was there."""
    functions = importlib.import_module("docassemble.base.functions")
    if hasattr(functions, "reset_local_variables"):  # docassemble <= 1.9: a threading.local
        contents = vars(functions.this_thread)
        before = dict(contents)
        functions.reset_local_variables()
        try:
            yield functions.this_thread
        finally:
            contents.clear()
            contents.update(before)
    else:
        thread_context = importlib.import_module("docassemble.base.thread_context")
        with thread_context.global_context(thread_context.empty_globals()):
            yield thread_context.this_thread


def roll_back(session: Any) -> None:
    """Undo what was not committed; a connection that is dead has undone it: that is no failure of the job."""
    from sqlalchemy.exc import DBAPIError

    try:
        session.rollback()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
