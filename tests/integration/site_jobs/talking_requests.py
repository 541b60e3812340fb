# do not pre-load
"""Requests that print and use `logging`; to be named in docassemble's directive `preloaded modules`."""

import logging

from flask import current_app, request


def talk() -> None:
    """Say something in a request."""
    print(f"request of {request.path}", flush=True)  # noqa: T201 - what interviews do
    logging.getLogger("docassemble.Talking").warning("warned of %s", request.path)


current_app.before_request_funcs.setdefault(None, []).append(talk)
