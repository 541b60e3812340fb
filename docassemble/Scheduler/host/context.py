# do not pre-load
"""The request that jobs seem to be in: docassemble's functions build addresses from it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from io import BytesIO
from types import SimpleNamespace
from typing import Any


class BackgroundRequest:
    """Makes Flask's context of a request that nobody sent; used by all threads of a process."""

    def __init__(self) -> None:
        #: WSGI's `environ`, built once: until the next restart, the addresses are the same
        self._environ: Mapping[str, Any] | None = None

    def context(self, app: Any, base_url: str, url: str) -> AbstractContextManager[Any]:
        """Return what Flask's `test_request_context` does, in a third of the time."""
        from werkzeug.test import create_environ

        if self._environ is None:
            self._environ = create_environ(url, base_url)
        context: AbstractContextManager[Any] = app.request_context(
            {**self._environ, "wsgi.input": BytesIO()}  # Flask adds to it
        )
        return context


#: what docassemble makes for each thread at a high price, and most jobs never use: its converter of Markdown
COSTLY = "markdown"
#: types whose values need no copy
IMMUTABLE = frozenset({type(None), bool, int, float, str})


class Contents(SimpleNamespace):
    """Fresh contents for docassemble's `this_thread`; what is costly is made when it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name != COSTLY:
            raise AttributeError(f"docassemble's this_thread has no attribute {name!r}")
        setattr(self, name, getattr(_empty_globals(), name))
        return vars(self)[name]


class ThreadData:
    """What docassemble keeps for a thread, as it is at the beginning; used by all threads of a process."""

    def __init__(self) -> None:
        #: name -> value; None until docassemble was asked
        self._pattern: Mapping[str, Any] | None = None
        #: those of the names whose values a run could change for the next one
        self._mutable: frozenset[str] = frozenset()

    @contextmanager
    def fresh(self) -> Iterator[Any]:
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
            with thread_context.global_context(self._contents()):
                yield thread_context.this_thread

    def _contents(self) -> Contents:
        if self._pattern is None:
            pattern = {name: value for name, value in vars(_empty_globals()).items() if name != COSTLY}
            self._mutable = frozenset(name for name, value in pattern.items() if type(value) not in IMMUTABLE)
            self._pattern = pattern
        contents = Contents(**self._pattern)
        vars(contents).update({name: copy(self._pattern[name]) for name in self._mutable})
        return contents


def _empty_globals() -> Any:
    return importlib.import_module("docassemble.base.thread_context").empty_globals()


def roll_back(session: Any) -> None:
    """Undo what was not committed; a connection that is dead has undone it: that is no failure of the job."""
    from sqlalchemy.exc import DBAPIError

    if not session.registry.has():
        return  # there is none, and closing would make one first
    try:
        session.close()  # rollback() would mark each object as to be read again, for nobody
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
