# do not pre-load
"""YAML that somebody has typed: read with limits, so that no text takes long or constructs more than values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, cast

from yaml.constructor import SafeConstructor
from yaml.events import DocumentEndEvent, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from ...config import Code, SourceFindings
from ...core.errors import BadRequest
from ...core.problem import Problem
from ...management.drafts.blocks import BlockText
from .config_file import MAX_MESSAGE, MERGE, NOT_YAML, findings_in, new_loader
from .line_map import located
from .yaml_errors import TooMuch, explain

BLOCK = "scheduler"
#: characters of a text
MAX_TEXT = 100_000
#: brackets in brackets
MAX_DEPTH = 100
#: keys that all `<<` of a text may put in
MAX_MERGED = 100_000
_TEXT = "tag:yaml.org,2002:str"


def read_block(text: str) -> BlockText | Problem:
    """Read a block, with its key `scheduler:` or without, or a whole configuration; return why it is not YAML."""
    if len(text) > MAX_TEXT:
        sentence = f"The text has {len(text):,} characters; at most {MAX_TEXT:,} are checked here."
        hint = "Check a file of that size on the server: `docassemble-scheduler check FILE`."
        return Code.TOO_LARGE.problem((BLOCK,), sentence, hint)
    text = text.replace("\r\n", "\n")
    try:
        value = _constructed(text)
        is_whole = isinstance(value, Mapping) and BLOCK in value
        findings = SourceFindings() if value is None else findings_in(text, is_block=not is_whole)
    except NOT_YAML as error:
        fault = explain(error, text)
        problem = Code.NOT_YAML.problem((BLOCK,), fault.sentence, fault.hint)
        return replace(problem, line=fault.line)
    whole = value if is_whole else {BLOCK: {} if value is None else value}
    zone = whole.get("timezone")
    return BlockText(
        block=whole[BLOCK],
        zone=None if zone is None else str(zone)[:MAX_MESSAGE],
        findings=findings,
        locate=partial(located, text=text, is_block=not is_whole),
    )


def read_keys(text: str) -> dict[str, Any]:
    """Return the keys of a job that somebody has typed, as YAML or JSON; raises BadRequest."""
    if len(text) > MAX_TEXT:
        raise BadRequest(f"has more than {MAX_TEXT:,} characters", hint="make it shorter")
    try:
        value = _constructed(text.replace("\r\n", "\n"))
    except NOT_YAML as error:
        fault = explain(error, text)
        where = "" if fault.line is None else f"in line {fault.line} "
        raise BadRequest(f"{where}is not YAML: {fault.sentence}", hint=fault.hint) from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest("has no keys", hint="write one key in each line: `lock: reports`")
    return {str(key): each.isoformat() if isinstance(each, date) else each for key, each in value.items()}


def block_in(path: Path) -> str:
    """Return the lines of the block as they stand in a file; an empty text when it has none. Raises OSError."""
    text = path.read_text(encoding="utf-8")
    try:
        bounds = _bounds(text)
    except NOT_YAML:
        return ""
    if bounds is None:
        return ""
    lines = text.splitlines(keepends=True)
    return "".join(lines[bounds[0] : bounds[1]]).rstrip() + "\n"


def _constructed(text: str) -> Any:
    # PyYAML's own scanner takes a minute for brackets that libyaml refuses at once
    if (
        max(accumulate(1 if each in "[{" else -1 for each in re.findall(r"[][{}]", text)), default=0)
        > MAX_DEPTH
    ):
        raise TooMuch("the text is nested too deeply, or a bracket is never closed")
    loader = new_loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check(node)
        return cast("SafeConstructor", loader).construct_document(node)
    finally:
        loader.dispose()


def _check(root: Node) -> None:
    """Refuse numbers that are no numbers, and mappings that `<<` would blow up; looks at each node once."""
    waiting, seen, sizes = [root], {id(root)}, dict[int, int]()
    merged = 0
    while waiting:
        node = waiting.pop()
        if isinstance(node, ScalarNode) and node.tag != _TEXT and len(node.value) > MAX_MESSAGE:
            raise TooMuch("a number or date is longer than anything that can be meant")
        if isinstance(node, MappingNode):
            merged += _size(node, sizes)
            if merged > MAX_MERGED:
                raise TooMuch("`<<` puts in more keys than anybody can mean")
        below = _below(node)
        waiting += [each for each in below if id(each) not in seen]
        seen.update(map(id, below))


def _below(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [each for pair in node.value for each in pair]
    return list(node.value) if isinstance(node, CollectionNode) else []


def _size(node: Node, sizes: dict[int, int]) -> int:
    """Return how many keys a mapping has, with those that are merged in."""
    if id(node) in sizes:
        return sizes[id(node)]
    sizes[id(node)] = 0  # one that merges itself
    if isinstance(node, MappingNode):
        size = sum(_size(value, sizes) if key.tag == MERGE else 1 for key, value in node.value)
    elif isinstance(node, CollectionNode):
        size = sum(_size(each, sizes) for each in node.value)
    else:
        size = 0
    sizes[id(node)] = min(size, MAX_MERGED + 1)
    return sizes[id(node)]


def _bounds(text: str) -> tuple[int, int | None] | None:
    """Return the first line of the last block, from 0, and that of the key after it."""
    loader = new_loader(text)
    depth, is_key, start, end = 0, True, None, None
    try:
        while loader.check_event() and not loader.check_event(DocumentEndEvent):
            event: Any = loader.get_event()
            if depth == 1 and is_key and not isinstance(event, MappingEndEvent):
                line = event.start_mark.line
                if isinstance(event, ScalarEvent) and event.value == BLOCK:
                    start, end = line, None
                elif start is not None and end is None:
                    end = line
            opens = isinstance(event, MappingStartEvent | SequenceStartEvent)
            closes = type(event).__name__ in {"MappingEndEvent", "SequenceEndEvent"}
            depth += opens - closes
            if depth == 1 and (closes or type(event).__name__ in {"ScalarEvent", "AliasEvent"}):
                is_key = not is_key
            if opens and depth == 1:
                is_key = True
    finally:
        loader.dispose()
    return None if start is None else (start, end)
