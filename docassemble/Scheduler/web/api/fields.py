# do not pre-load
"""What is given to an endpoint: the fields of its address and its body, and how each is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...core.errors import BadRequest
from ...core.texts.storable import is_fit

#: longer texts are no name of anything (characters)
MAX_TEXT = 1_000
#: a larger body is not read (bytes)
MAX_BODY = 100_000
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter, or a key of the body."""

    name: str
    meaning: str
    #: returns the value, or raises BadRequest with what it must be
    read: Callable[[Any], Any]
    #: the same as JSON Schema
    schema: Mapping[str, Any]
    required: bool = False
    default: Any = None


def read_all(fields: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each field, by name; raises BadRequest for the first that is wrong."""
    names = [field.name for field in fields]
    for name in given:
        if name not in names:
            takes = f"it takes {', '.join(names)}" if names else "it takes none"
            raise BadRequest(f"there is no field {name[:100]!r} here", hint=takes)
    return {field.name: _read(field, given) for field in fields}


def _read(field: Field, given: Mapping[str, Any]) -> Any:
    if field.name not in given:
        if field.required:
            raise BadRequest(f"{field.name} is missing", hint=f"it is {field.meaning}")
        return field.default
    try:
        return field.read(given[field.name])
    except BadRequest as error:
        raise BadRequest(f"{field.name} {error}", hint=error.hint) from None


def text(name: str, meaning: str, *, required: bool = False) -> Field:
    """Return a field for a text: a name, say."""
    schema = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
    return Field(name=name, meaning=meaning, read=_text, schema=schema, required=required)


def identifier(name: str, meaning: str, *, required: bool = False) -> Field:
    """Return a field for the identifier of a run."""
    schema = {"type": "string", "pattern": f"^{_ID.pattern}$"}
    return Field(name=name, meaning=meaning, read=_identifier, schema=schema, required=required)


def whole(name: str, meaning: str, *, most: int, default: int) -> Field:
    """Return a field for a number from 1 to `most`."""

    def read(value: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", str(value)) or not 1 <= int(value) <= most:
            raise BadRequest(f"is not a whole number from 1 to {most:,}")
        return int(value)

    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return Field(name=name, meaning=meaning, read=read, schema=schema, default=default)


def choice(name: str, meaning: str, choices: Collection[str]) -> Field:
    """Return a field for one of some words."""

    def read(value: Any) -> str:
        if value not in choices:
            raise BadRequest("is not one of its values", hint=f"write one of: {', '.join(choices)}")
        return str(value)

    return Field(name=name, meaning=meaning, read=read, schema={"type": "string", "enum": list(choices)})


def choices(name: str, meaning: str, choices: Collection[str]) -> Field:
    """Return a field for any number of some words, with commas between them."""

    def read(value: Any) -> list[str]:
        found = str(value).split(",")
        if not set(found) <= set(choices):
            raise BadRequest("has others than its values", hint=f"write any of: {', '.join(choices)}")
        return found

    pattern = f"^({'|'.join(choices)})(,({'|'.join(choices)}))*$"
    return Field(
        name=name, meaning=meaning, read=read, schema={"type": "string", "pattern": pattern}, default=()
    )


def instant(name: str, meaning: str, *, required: bool = False) -> Field:
    """Return a field for an instant."""
    schema = {"type": "string", "format": "date-time"}
    return Field(name=name, meaning=meaning, read=_instant, schema=schema, required=required)


def mapping(name: str, meaning: str, *, required: bool = False) -> Field:
    """Return a field for a JSON object."""
    return Field(name=name, meaning=meaning, read=_mapping, schema={"type": "object"}, required=required)


def array(name: str, meaning: str) -> Field:
    """Return a field for a JSON array."""
    return Field(name=name, meaning=meaning, read=_array, schema={"type": "array", "items": {}})


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_TEXT:
        raise BadRequest(f"is not a text of 1 to {MAX_TEXT:,} characters")
    return value if fit(value) else _unfit()


def _identifier(value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise BadRequest(
            "is not an identifier", hint="identifiers have 32 hexadecimal digits, in small letters"
        )
    return value


def _instant(value: Any) -> datetime:
    hint = "write 2026-03-01T12:00:00Z; in an address, + is written %2B"
    try:
        found = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", value))
    except (TypeError, ValueError):
        raise BadRequest("is not an instant", hint=hint) from None
    if found.tzinfo is None:
        raise BadRequest("has no time zone", hint=hint)
    return found


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest("is not a JSON object", hint='write {"key": value}')
    return value if fit(value) else _unfit()


def _array(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise BadRequest("is not a JSON array", hint="write [value], also for one value")
    return value if fit(value) else _unfit()


def fit(value: Any) -> bool:
    """Return whether databases keep all texts in a value. It may be nested deeply: no recursion."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, str) and not is_fit(each):
            return False
        if isinstance(each, dict):
            left += [*each, *each.values()]
        elif isinstance(each, list):
            left += each
    return True


def _unfit() -> Any:
    raise BadRequest("has a NUL or a half of a character in it", hint="send text")


def read_body(data: bytes) -> dict[str, Any]:
    """Return what the body of a call says; an empty one is an empty object. Raises BadRequest."""
    if not data.strip():
        return {}
    try:
        body = json.loads(data.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON", hint="send a JSON object, in UTF-8") from None
    if not isinstance(body, dict):
        raise BadRequest("the body is not a JSON object", hint='send {"key": value}')
    if "key" in body:
        raise BadRequest("the body has a `key`", hint="send the API key in the header X-API-Key")
    return body


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"JSON has no {constant}")
