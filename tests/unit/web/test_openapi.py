"""The description says what the calls do: it is made of them, and their answers are as it says."""

import json

import pytest

from docassemble.Scheduler.management.serialize import SCHEMAS
from docassemble.Scheduler.web.api.endpoints import ENDPOINTS
from docassemble.Scheduler.web.api.openapi import description
from tests.unit.management.managers import ALICE, FUNCTION, Management

#: what each call that shows something is given
GIVEN = {
    "/jobs": {},
    "/job": {"name": "minutely"},
    "/runs": {},
    "/upcoming": {},
    "/servers": {},
    "/events": {},
    "/problems": {},
    "/backfill": {"job": "minutely", "since": "2026-03-01T12:00:00Z"},
}
_KINDS = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "object": dict,
    "array": list,
}


@pytest.fixture(scope="module")
def told():
    return json.loads(json.dumps(description()))


def endpoint(method, path):
    return next(each for each in ENDPOINTS if (each.method, each.path) == (method, path))


def misfits(schema, value, where="answer"):
    """Return what of a value is not of its schema."""
    if "$ref" in schema:
        return misfits(SCHEMAS[schema["$ref"].rpartition("/")[2]], value, where)
    if "anyOf" in schema:
        found = [misfits(each, value, where) for each in schema["anyOf"]]
        return [] if [] in found else found[0]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, _KINDS[kind]) for kind in kinds):
        return [f"{where}: {value!r} is no {kinds}"]
    wrong = []
    if isinstance(value, dict) and "properties" in schema:
        if set(value) != set(schema["properties"]):
            wrong.append(f"{where}: {set(value) ^ set(schema['properties'])}")
        for key, inner in schema["properties"].items():
            wrong += misfits(inner, value[key], f"{where}.{key}") if key in value else []
    if isinstance(value, list):
        wrong += [fault for each in value for fault in misfits(schema["items"], each, f"{where}[]")]
    return wrong


def test_each_call_is_described_once(told):
    described = {(method.upper(), path) for path, item in told["paths"].items() for method in item}
    assert described == {(each.method, each.path) for each in ENDPOINTS}
    assert len(ENDPOINTS) == len(described)
    names = [operation["operationId"] for item in told["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))


def test_each_field_is_described(told):
    for each in ENDPOINTS:
        operation = told["paths"][each.path][each.method.lower()]
        parameters = [(field["name"], field["required"]) for field in operation.get("parameters", [])]
        assert parameters == [(field.name, field.required) for field in each.parameters]
        if each.body:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert list(schema["properties"]) == [field.name for field in each.body]


def test_references_lead_somewhere(told):
    text = json.dumps(told)
    named = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(told["components"]["schemas"])


@pytest.mark.parametrize("path", GIVEN)
def test_answers_have_the_schema_that_is_described(path):
    management, told = Management(), endpoint("GET", path)
    management.manager.pause("minutely", ALICE)
    answer = told.answered(management.manager, GIVEN[path], {}, ALICE)
    assert misfits(told.answer.schema, answer) == []


def test_what_is_done_has_the_schema_that_is_described():
    management = Management()
    definition = {"function": FUNCTION, "minutes": 5}
    for method, path, parameters, body in (
        ("POST", "/job", {}, {"name": "new", "definition": definition}),
        ("POST", "/run_now", {}, {"job": "new", "args": [1]}),
        ("POST", "/pause", {}, {"job": "new"}),
        ("POST", "/resume", {}, {"job": "new"}),
        ("POST", "/backfill", {}, {"job": "new", "since": "2026-03-01T12:00:00Z"}),
        ("DELETE", "/job", {"name": "new"}, {}),
    ):
        told = endpoint(method, path)
        answer = told.answered(management.manager, parameters, body, ALICE)
        assert misfits(told.answer.schema, answer) == [], path
    assert {each.actor for each in management.manager.events()} == {ALICE.name}
