# do not pre-load
"""The JSON API, on Flask's side. What can be called stands in `web/api/endpoints.py`; the manager does it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request, session

from ...core.errors import (
    ArgumentError,
    BadRequest,
    DefinitionError,
    HostError,
    NotPermitted,
    NotPossible,
    SchedulerError,
    StoreUnavailable,
    UnknownJob,
    UnknownRun,
)
from ...management.manager import SchedulerManager
from ...management.metrics import TYPE
from ...management.permissions import Caller
from ..concurrency_limit import ConcurrencyLimit
from .endpoints import ENDPOINTS, Endpoint
from .fields import MAX_BODY, read_body
from .openapi import PATH

#: docassemble saves no session for endpoints whose name begins with api_
NAME = "api_scheduler"
#: all are answered here: what Flask refuses by itself, docassemble mails as an error
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY")
_STATUSES: Mapping[type[SchedulerError], int] = {
    BadRequest: 400,
    ArgumentError: 400,
    DefinitionError: 400,
    UnknownJob: 404,
    UnknownRun: 404,
    NotPermitted: 403,
    NotPossible: 409,
    StoreUnavailable: 503,
    HostError: 503,
}


class JsonApi:
    """The API, around a manager."""

    def __init__(
        self,
        manager: Callable[[], SchedulerManager],
        caller: Callable[[], Caller | None],
        limit: ConcurrencyLimit,
    ) -> None:
        """`caller` says whose key the present request has, None when it must not be answered.

        `limit` lets requests wait for the database.
        """
        self._manager = manager
        self._caller = caller
        self._limit = limit

    def blueprint(self) -> Blueprint:
        """Return what Flask is to serve."""
        blueprint = Blueprint(NAME, __name__, url_prefix=PATH)
        paths: dict[str, dict[str, Endpoint]] = defaultdict(dict)
        for endpoint in ENDPOINTS:
            paths[endpoint.path][endpoint.method] = endpoint
        for path, methods in paths.items():
            self._add(blueprint, path, methods)
        self._add(blueprint, "/<path:_rest>", {})
        blueprint.after_request(_forget_session)
        return blueprint

    def _add(self, blueprint: Blueprint, path: str, methods: Mapping[str, Endpoint]) -> None:
        """Answer one address, whatever the method."""

        def view(_rest: str = "") -> Any:
            return self._answer(methods)

        name = path.strip("/").replace(".", "_") if methods else "unknown"
        blueprint.add_url_rule(path, name, view, methods=METHODS, provide_automatic_options=False)

    def _answer(self, methods: Mapping[str, Endpoint]) -> Any:
        if (request.content_length or 0) > MAX_BODY:
            return _error(f"The body is larger than {MAX_BODY:,} bytes.", 413)
        if not _has_key():
            return _denied()
        try:
            with self._limit.turn():  # bodies may come slowly, too
                return self._read(methods)
        except SchedulerError as error:
            return _error(error.explanation, _STATUSES.get(type(error), 400))

    def _read(self, methods: Mapping[str, Endpoint]) -> Any:
        data = request.get_data()
        if data and not request.is_json:
            return _error("The body is not JSON. Send the header Content-Type: application/json.", 415)
        body = read_body(data)  # docassemble looks for the key in it, and trips over what is no object
        # cookies are never enough: browsers send them along with the forged requests of others
        by = None if "X-API-Key" in request.cookies else self._caller()
        return _denied() if by is None else self._done(methods, body, by)

    def _done(self, methods: Mapping[str, Endpoint], body: Mapping[str, Any], by: Caller) -> Any:
        called = methods.get("GET" if request.method == "HEAD" else request.method)
        if not methods:
            return _error(f"There is nothing at this address. {PATH}/openapi.json says what there is.", 404)
        if called is None:
            return (*_error("This address does not take that method.", 405), {"Allow": ", ".join(methods)})
        answer = called.answered(self._manager(), _parameters(), body, by)
        return Response(answer, content_type=TYPE) if isinstance(answer, str) else jsonify(answer)


def _has_key() -> bool:
    """Return whether there is a key where one may be: nobody else is waited for."""
    return "key" in request.args or "X-API-Key" in request.headers or "Authorization" in request.headers


def _denied() -> tuple[Response, int]:
    return _error("Access denied.", 403)


def _parameters() -> dict[str, str]:
    """Return the parameters of the address but for docassemble's API key."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise BadRequest(f"{name[:100]} is given {len(values)} times", hint="give it once")
    return {name: value for name, value in request.args.items() if name != "key"}


def _error(text: str, status: int) -> tuple[Response, int]:
    """Return an error as docassemble's API does: a JSON string."""
    return jsonify(text), status


def _forget_session(response: Response) -> Response:
    """Send no session: docassemble signs in whose key it is, and its cookie would open the site to the program."""
    session.modified = False
    response.headers["Cache-Control"] = "no-store"
    return response
