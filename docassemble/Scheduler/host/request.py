# do not pre-load
"""The request that jobs seem to be in: docassemble's functions build addresses from it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from io import BytesIO
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
