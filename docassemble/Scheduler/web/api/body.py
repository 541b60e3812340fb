# do not pre-load
"""The body of a call: a JSON object, small, read before anybody else looks at it."""

from __future__ import annotations

import json
from typing import Any

from ...core.errors import BadRequest

#: bytes
LARGEST = 100_000


def read_body(data: bytes) -> dict[str, Any]:
    """Return what the body of a call says; an empty one is an empty object. Raises BadRequest."""
    if not data.strip():
        return {}
    try:
        body = json.loads(data.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON", hint="send a JSON object, in UTF-8") from None
    if not isinstance(body, dict):
        raise BadRequest("the body is not a JSON object", hint='send {"key": value}')
    if "key" in body:
        raise BadRequest("the body has a `key`", hint="send the API key in the header X-API-Key")
    return body


def _refuse(constant: str) -> None:
    raise ValueError(f"JSON has no {constant}")
