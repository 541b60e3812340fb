"""The reference of the JSON API, made of its description in OpenAPI."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]
INTRODUCTION = """# JSON API reference

Every call. This page is made of the [description in OpenAPI 3.1](openapi.json), which docassemble serves as
`{path}/openapi.json`.
[The JSON API](api.md) explains keys, permissions and errors.
"""


def openapi_page(description: Schema) -> str:
    """Return the page: each call, then the objects of the answers."""
    parts = [INTRODUCTION.format(path=description["servers"][0]["url"]), "## Calls\n"]
    for path, operations in description["paths"].items():
        parts += [_call(method.upper(), path, each) for method, each in operations.items()]
    parts += ["## Errors\n", _errors(description), "## Objects\n"]
    schemas = description["components"]["schemas"]
    parts += [f"### {name}\n\n{_fields(schemas[name])}" for name in sorted(schemas)]
    return "\n".join(parts)


def _call(method: str, path: str, operation: Schema) -> str:
    lines = [f"### {method} {path}", "", f"{operation['summary']}.", ""]
    parameters = [
        (each["name"], each["required"], each["schema"], each) for each in operation.get("parameters", ())
    ]
    lines += _given("In the address", parameters)
    if "requestBody" in operation:
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        fields = [(name, name in body["required"], each, each) for name, each in body["properties"].items()]
        lines += _given("In the body, as JSON", fields)
    ((kind, answer),) = operation["responses"]["200"]["content"].items()
    lines += [f"Answer, `{kind}`: {_type(answer['schema'])}", ""]
    return "\n".join(lines)


def _given(where: str, fields: Sequence[tuple[str, bool, Schema, Schema]]) -> list[str]:
    if not fields:
        return []
    rows = [
        f"| `{name}` | {_type(schema)} | {'yes' if required else _default(schema)} | {_cell(about['description'])} |"
        for name, required, schema, about in fields
    ]
    return [f"{where}:", "", "| name | type | required | meaning |", "|---|---|---|---|", *rows, ""]


def _default(schema: Schema) -> str:
    return f"no: {json.dumps(schema['default'])}" if "default" in schema else "no"


def _errors(description: Schema) -> str:
    operation = next(iter(next(iter(description["paths"].values())).values()))
    rows = [
        f"| {status} | {_cell(answer['description'])} |"
        for status, answer in operation["responses"].items()
        if status != "200"
    ]
    return "\n".join(
        [
            "The same for every call. The answer is one text.",
            "",
            "| status | meaning |",
            "|---|---|",
            *rows,
            "",
        ]
    )


def _fields(schema: Schema) -> str:
    if "properties" not in schema:
        return f"{_type(schema)}\n"
    rows = [
        f"| `{name}` | {_type(each)} | {_cell(each.get('description', ''))} |"
        for name, each in schema["properties"].items()
    ]
    return "\n".join(["| field | type | meaning |", "|---|---|---|", *rows, ""])


def _type(schema: Schema) -> str:
    return " or ".join(dict.fromkeys(_types(schema)))


def _types(schema: Schema) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield f"[{name}](#{name.lower()})"
    elif "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from _types(each)
    elif "enum" in schema:
        yield ", ".join(f"`{json.dumps(each)}`" for each in schema["enum"])
    else:
        kinds = schema.get("type", "any JSON")
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            yield _plain(kind, schema)


def _plain(kind: str, schema: Schema) -> str:
    if kind == "array":
        return f"list of {_type(schema['items'])}" if "items" in schema else "list"
    if kind == "string" and "format" in schema:
        return f"{kind} ({schema['format']})"
    return kind


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
