# do not pre-load
"""The request that jobs seem to be in: docassemble's functions build addresses from it."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import Context, ContextVar, Token, copy_context
from copy import copy
from functools import partial
from io import BytesIO
from types import SimpleNamespace, TracebackType
from typing import Any

from ..execution.arguments import IMMUTABLE


class BackgroundRequest:
    """Makes Flask's context of a request that nobody sent; used by all threads of a process."""

    def __init__(self) -> None:
        #: WSGI's `environ`, built once: until the next restart, the addresses are the same
        self._environ: Mapping[str, Any] | None = None
        #: returns the context, given what makes it; None until the first job
        self._later: Callable[[Callable[[], Any]], AbstractContextManager[Any]] | None = None

    def context(self, app: Any, base_url: str, path: str) -> AbstractContextManager[Any]:
        """Return what Flask's `test_request_context` returns, but made no sooner than it is asked for something."""
        if self._later is None:
            # where Flask 2.2 and later look for the request; where they do not, the context is made at once
            current = getattr(importlib.import_module("flask.globals"), "_cv_request", None)
            self._later = _call if current is None else partial(LaterRequest, current)
        return self._later(partial(self._make, app, base_url, path))

    def _make(self, app: Any, base_url: str, path: str) -> Any:
        from werkzeug.test import create_environ

        if self._environ is None:
            self._environ = create_environ(path, base_url)
        return app.request_context({**self._environ, "wsgi.input": BytesIO()})  # Flask adds to it


def _call(make: Callable[[], AbstractContextManager[Any]]) -> AbstractContextManager[Any]:
    return make()


class LaterRequest:
    """Stands for Flask's context of a request, which is made when somebody wants one of its attributes.

    Flask's `request`, `session` and `url_for` do; most jobs never do, and it would be a sixth of a run.
    """

    def __init__(self, current: ContextVar[Any], make: Callable[[], Any]) -> None:
        self._current = current
        self._make = make
        self._lock = threading.Lock()
        self._tokens: list[Token[Any]] = []
        #: the context, entered in a copy of the context variables: the thread that asks may be another one each time
        self._made: tuple[Any, Context] | None = None

    def __enter__(self) -> LaterRequest:
        self._tokens.append(self._current.set(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._current.reset(self._tokens.pop())
        if not self._tokens and self._made is not None:
            (request, variables), self._made = self._made, None
            variables.run(request.pop, error)

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if self._made is None:
                request, variables = self._make(), copy_context()
                variables.run(request.push)
                self._made = request, variables
            return getattr(self._made[0], name)


#: what docassemble makes for each thread at a high price, and most jobs never use: its converter of Markdown
COSTLY = "markdown"


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
        #: gives `this_thread` fresh contents for a while; None until the first job
        self._freshly: Callable[[], AbstractContextManager[Any]] | None = None

    def fresh(self) -> AbstractContextManager[Any]:
        """Give docassemble's `this_thread` fresh contents, and put back what was there."""
        if self._freshly is None:
            functions = importlib.import_module("docassemble.base.functions")
            is_local = hasattr(functions, "reset_local_variables")  # docassemble <= 1.9: a threading.local
            self._freshly = partial(_reset, functions) if is_local else _in_contexts()
        return self._freshly()


@contextmanager
def _reset(functions: Any) -> Iterator[Any]:
    contents = vars(functions.this_thread)
    before = dict(contents)
    functions.reset_local_variables()
    try:
        yield functions.this_thread
    finally:
        contents.clear()
        contents.update(before)


def _in_contexts() -> Callable[[], AbstractContextManager[Any]]:
    thread_context = importlib.import_module("docassemble.base.thread_context")
    pattern = {name: value for name, value in vars(_empty_globals()).items() if name != COSTLY}
    #: makes the values which a run could change for the next one
    fresh = {
        name: getattr(value, "copy", None) or partial(copy, value)
        for name, value in pattern.items()
        if type(value) not in IMMUTABLE
    }

    @contextmanager
    def freshly() -> Iterator[Any]:
        contents = Contents(**pattern)
        vars(contents).update({name: make() for name, make in fresh.items()})
        with thread_context.global_context(contents):
            yield contents

    return freshly


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
