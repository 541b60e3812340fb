# do not pre-load
"""The description of the JSON API in OpenAPI 3.1, made of the calls themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ... import __version__
from .call import Call
from .fields import Field
from .schemas import SHAPES

PATH = "/api/scheduler"
#: the answer that is text, and no JSON
TEXT = "Metrics"
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


def description(calls: Iterable[Call]) -> dict[str, Any]:
    """Return the description of these calls."""
    paths: dict[str, dict[str, Any]] = {}
    for call in calls:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
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
        "components": {"schemas": SHAPES, "securitySchemes": _SCHEMES},
    }


_SCHEMES = {
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "parameter": {"type": "apiKey", "in": "query", "name": "key"},
}


def _operation(call: Call) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": call.summary,
        "operationId": f"{call.method.lower()}_{call.path.strip('/').replace('.', '_')}",
        "responses": {"200": _answer(call), **{code: _error(text) for code, text in _ERRORS.items()}},
    }
    if call.parameters:
        operation["parameters"] = [_parameter(field) for field in call.parameters]
    if call.body:
        schema = {
            "type": "object",
            "properties": {field.name: _schema(field) for field in call.body},
            "required": [field.name for field in call.body if field.required],
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


def _answer(call: Call) -> dict[str, Any]:
    content: dict[str, Any] = {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{call.answer}"}}
    }
    if call.answer == TEXT:
        content = {"text/plain": {"schema": {"type": "string"}}}
    return {"description": call.summary, "content": content}


def _error(meaning: str) -> dict[str, Any]:
    return {"description": meaning, "content": {"application/json": {"schema": {"type": "string"}}}}
