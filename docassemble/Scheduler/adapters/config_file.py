# do not pre-load
"""The configuration file, read again as text: YAML forgets what stands twice and how it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ..config.facts import Path as KeyPath
from ..config.facts import SourceFacts, Surprise
from ..errors import HostError

_MERGE = "tag:yaml.org,2002:merge"
#: `010` and `0_17`, which are octal; plain `0` is not
_OCTAL = re.compile(r"[-+]?0[0-7_]*[0-7]")


def read_facts(path: Path, block: str = "scheduler") -> SourceFacts:
    """Read what only the text of the file tells about one of its blocks.

    Never raises for a file that is missing or wrong: the facts are empty then, and say why. Values are looked
    at one by one; nothing that the file could make YAML construct is constructed.
    """
    try:
        text = path.read_text(encoding="utf-8")
        loader = yaml.SafeLoader(text)
        try:
            return _facts(loader, loader.get_single_node(), block)
        finally:
            loader.dispose()
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        return SourceFacts(unread=f"{type(error).__name__}: {error}")


def read_file(path: Path) -> Mapping[str, Any]:
    """Read a whole configuration, as docassemble does; raises HostError when that is not possible."""
    try:
        text = path.read_text(encoding="utf-8")
        loaded = yaml.load(text, Loader=yaml.FullLoader)  # noqa: S506 - what docassemble uses
    except OSError as error:
        raise HostError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise HostError(f"{path} is not YAML: {error}", hint="mind indentation, quotes and colons") from error
    if not isinstance(loaded, dict):
        raise HostError(
            f"{path} is not a configuration", hint="it has to be a mapping: `scheduler:` and so on"
        )
    return loaded


def _facts(loader: yaml.SafeLoader, root: Node | None, block: str) -> SourceFacts:
    pairs = root.value if isinstance(root, MappingNode) else []
    blocks = [value for key, value in pairs if isinstance(key, ScalarNode) and key.value == block]
    walk = _Walk(loader=loader, doubled=[(block,)] if len(blocks) > 1 else [])
    # the last block of that name is the one that YAML keeps
    for last in blocks[-1:]:
        walk.node(last, (block,))
    return SourceFacts(doubled=tuple(dict.fromkeys(walk.doubled)), surprises=tuple(walk.surprises))


@dataclass(slots=True, kw_only=True)
class _Walk:
    """One walk through the nodes of a block, collecting facts."""

    loader: yaml.SafeLoader
    doubled: list[KeyPath] = field(default_factory=list)
    surprises: list[Surprise] = field(default_factory=list)
    #: nodes that have been walked: an alias is told once, and may lead to itself
    _seen: set[int] = field(default_factory=set)

    def node(self, node: Node, path: KeyPath) -> None:
        """Walk one node and all below it."""
        if isinstance(node, ScalarNode):
            self.surprises += _surprise(self.loader, node, path)
        elif id(node) not in self._seen:
            self._seen.add(id(node))
            for below, subpath in self._below(node, path):
                self.node(below, subpath)

    def _below(self, node: Node, path: KeyPath) -> Iterator[tuple[Node, KeyPath]]:
        if isinstance(node, SequenceNode):
            yield from ((each, (*path, str(index))) for index, each in enumerate(node.value))
        elif isinstance(node, MappingNode):
            keys = set()
            for key, value in node.value:
                subpath = self._key(key, path)
                if subpath in keys and key.tag != _MERGE:
                    self.doubled.append(subpath)
                keys.add(subpath)
                yield value, path if key.tag == _MERGE else subpath

    def _key(self, key: Node, path: KeyPath) -> KeyPath:
        """Return the path of a key, whose text is that of the value YAML makes of it."""
        if not isinstance(key, ScalarNode):
            return (*path, "?")
        value = _value(self.loader, key)
        subpath = (*path, str(value))
        self.surprises += _surprise(self.loader, key, subpath, is_key=True)
        return subpath


def _value(loader: yaml.SafeLoader, node: ScalarNode) -> object:
    try:
        return loader.construct_object(node)
    # a tag that only docassemble's own loader knows: its text says enough
    except ConstructorError:
        return node.value


def _surprise(
    loader: yaml.SafeLoader, node: ScalarNode, path: KeyPath, *, is_key: bool = False
) -> Iterator[Surprise]:
    if node.style is not None:  # quoted, or a block of text
        return
    value = _value(loader, node)
    if isinstance(value, bool | int | float) and _is_surprising(node.value, value):
        yield Surprise(path=path, written=node.value, value=value, is_key=is_key)


def _is_surprising(written: str, value: float) -> bool:
    if isinstance(value, bool):
        return written.lower() not in ("true", "false")
    if isinstance(value, float):
        return ":" in written or (written.endswith("0") and str(value) != written)
    return ":" in written or _OCTAL.fullmatch(written) is not None
