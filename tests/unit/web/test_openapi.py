"""The description says what the calls do: it is made of them, and their answers are of the shapes it has."""

import json

import pytest

from docassemble.Scheduler.web.api.endpoints import CALLS
from docassemble.Scheduler.web.api.openapi import description
from docassemble.Scheduler.web.api.schemas import SHAPES
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
    return json.loads(json.dumps(description(CALLS)))


def call(method, path):
    return next(each for each in CALLS if (each.method, each.path) == (method, path))


def misfits(shape, value, where="answer"):
    """Return what of a value is not of its shape."""
    if "$ref" in shape:
        return misfits(SHAPES[shape["$ref"].rpartition("/")[2]], value, where)
    if "anyOf" in shape:
        found = [misfits(each, value, where) for each in shape["anyOf"]]
        return [] if [] in found else found[0]
    kinds = shape["type"] if isinstance(shape["type"], list) else [shape["type"]]
    if not any(isinstance(value, _KINDS[kind]) for kind in kinds):
        return [f"{where}: {value!r} is no {kinds}"]
    wrong = []
    if isinstance(value, dict) and "properties" in shape:
        if set(value) != set(shape["properties"]):
            wrong.append(f"{where}: {set(value) ^ set(shape['properties'])}")
        for key, inner in shape["properties"].items():
            wrong += misfits(inner, value[key], f"{where}.{key}") if key in value else []
    if isinstance(value, list):
        wrong += [fault for each in value for fault in misfits(shape["items"], each, f"{where}[]")]
    return wrong


def test_each_call_is_described_once(told):
    described = {(method.upper(), path) for path, item in told["paths"].items() for method in item}
    assert described == {(each.method, each.path) for each in CALLS}
    assert len(CALLS) == len(described)
    names = [operation["operationId"] for item in told["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))


def test_each_field_is_described(told):
    for each in CALLS:
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
def test_answers_have_the_shape_that_is_described(path):
    management, told = Management(), call("GET", path)
    management.manager.pause("minutely", ALICE)
    answer = told.answered(management.manager, GIVEN[path], {}, ALICE)
    assert misfits(SHAPES[told.answer], answer) == []


def test_what_is_done_has_the_shape_that_is_described():
    management = Management()
    definition = {"function": FUNCTION, "minutes": 5}
    for method, path, parameters, body in (
        ("POST", "/job", {}, {"name": "new", "definition": definition}),
        ("POST", "/run_now", {}, {"job": "new", "args": [1]}),
        ("POST", "/pause", {}, {"job": "new"}),
        ("POST", "/resume", {}, {"job": "new"}),
        ("DELETE", "/job", {"name": "new"}, {}),
    ):
        told = call(method, path)
        answer = told.answered(management.manager, parameters, body, ALICE)
        assert misfits(SHAPES[told.answer], answer) == [], path
    assert {each.actor for each in management.manager.events()} == {ALICE.name}
