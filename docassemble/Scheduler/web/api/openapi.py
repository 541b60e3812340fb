# do not pre-load
"""The description of the JSON API in OpenAPI 3.1, made of the endpoints themselves."""

from __future__ import annotations

from typing import Any

from ... import __version__
from ...management.manager import SchedulerManager
from ...management.permissions import Caller
from ...management.serialize import SCHEMAS, Kind, named
from .endpoints import ENDPOINTS, Endpoint, endpoint
from .fields import Field

PATH = "/api/scheduler"
_ERRORS = {
    "400": "A parameter or the body is wrong; the text says what and the way out",
    "403": "Access denied: no key of an administrator or developer, or one with limited permissions; or the text says "
    "what its user may not do",
    "404": "There is no such job or run",
    "409": "That makes no sense now",
    "413": "The body is too large",
    "415": "The body is not application/json",
    "503": "The database does not answer, or docassemble's configuration has no `scheduler:` block",
}


@endpoint("GET", "/openapi.json", "This description", named("Description", Kind({"type": "object"})))
def _description(_manager: SchedulerManager, _by: Caller) -> dict[str, Any]:
    return description()


def description() -> dict[str, Any]:
    """Return the description of all endpoints."""
    paths: dict[str, dict[str, Any]] = {}
    for each in ENDPOINTS:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "docassemble.Scheduler",
            "version": __version__,
            "description": "Jobs and their runs. Instants are in UTC, durations are seconds.",
        },
        "servers": [{"url": PATH}],
        "security": [{"header": []}, {"bearer": []}, {"parameter": []}],
        "paths": paths,
        "components": {"schemas": SCHEMAS, "securitySchemes": _SCHEMES},
    }


_SCHEMES = {
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "parameter": {"type": "apiKey", "in": "query", "name": "key"},
}


def _operation(called: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": called.summary,
        "operationId": f"{called.method.lower()}_{called.path.strip('/').replace('.', '_')}",
        "responses": {"200": _answer(called), **{code: _error(text) for code, text in _ERRORS.items()}},
    }
    if called.parameters:
        operation["parameters"] = [_parameter(field) for field in called.parameters]
    if called.body:
        schema = {
            "type": "object",
            "properties": {field.name: _schema(field) for field in called.body},
            "required": [field.name for field in called.body if field.required],
            "additionalProperties": False,
        }
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _parameter(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "in": "query",
        "description": field.meaning,
        "required": field.required,
        "schema": field.schema,
    }


def _schema(field: Field) -> dict[str, Any]:
    return {**field.schema, "description": field.meaning}


def _answer(called: Endpoint) -> dict[str, Any]:
    content: dict[str, Any] = {"text/plain": {"schema": {"type": "string"}}}
    if called.answer is not None:
        content = {"application/json": {"schema": called.answer.schema}}
    return {"description": called.summary, "content": content}


def _error(meaning: str) -> dict[str, Any]:
    return {"description": meaning, "content": {"application/json": {"schema": {"type": "string"}}}}
