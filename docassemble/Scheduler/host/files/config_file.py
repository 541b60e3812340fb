# do not pre-load
"""The configuration file, read again as text: YAML forgets what stands twice and how it was written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml
from yaml.composer import Composer
from yaml.constructor import ConstructorError
from yaml.events import MappingEndEvent, MappingStartEvent, StreamEndEvent
from yaml.nodes import MappingNode, Node, ScalarNode

from ...config.yaml_pitfalls import SourceFindings, YamlPitfall
from ...core.errors import HostError
from ...core.problem import Path as KeyPath
from .yaml_errors import explain

#: no scalar with more characters is taken for a number
MAX_MESSAGE = 1_000
#: what PyYAML raises for a file that it cannot read; its constructors trip over values they do not expect
NOT_YAML = (
    yaml.YAMLError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
_TEXT = "tag:yaml.org,2002:str"
MERGE = "tag:yaml.org,2002:merge"
#: `010` and `0_17`, which are octal; plain `0` is not
_OCTAL = re.compile(r"[-+]?0[0-7_]*[0-7]")


def read_findings(path: Path, block: str = "scheduler") -> SourceFindings:
    """Read what only the text of the file tells about one of its blocks.

    Never raises for a file that is missing or wrong: the findings are empty then, and say why. Values are looked
    at one by one; nothing that the file could make YAML construct is constructed. Jobs, too, are looked at one
    by one: the nodes of thousands at once cost Python's garbage collector more time than it takes to read them.
    """
    try:
        return findings_in(path.read_text(encoding="utf-8"), block)
    except (OSError, *NOT_YAML) as error:
        return SourceFindings(unread=f"{type(error).__name__}: {error}")


def findings_in(text: str, block: str = "scheduler", *, is_block: bool = False) -> SourceFindings:
    """Return the same of a text, or of what stands below `scheduler:`; raises what PyYAML raises."""
    loader = new_loader(text)
    try:
        return _findings_of_all(loader, block) if is_block else _findings(loader, block)
    finally:
        loader.dispose()


def new_loader(text: str) -> yaml.CSafeLoader:
    """Return what reads YAML: by libyaml where PyYAML has it, which takes a third of the time."""
    if not yaml.__with_libyaml__:
        return cast("yaml.CSafeLoader", yaml.SafeLoader(text))  # it has the same methods

    class LibyamlLoader(Composer, yaml.CSafeLoader):
        """Composes nodes in Python: libyaml's own composer crashes where one nests without end."""

        def __init__(self) -> None:
            yaml.CSafeLoader.__init__(self, text)
            Composer.__init__(self)

    return LibyamlLoader()


def read_file(path: Path) -> Mapping[str, Any]:
    """Read a whole configuration, as docassemble does; raises HostError when that is not possible."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise HostError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise HostError(f"{path} is not YAML: {error}", hint="save it in UTF-8") from error
    return read_mapping(text, str(path), "a configuration, a mapping: `scheduler:` and so on")


def read_mapping(text: str, where: str, what: str) -> Mapping[str, Any]:
    """Read a mapping, as docassemble does; raises HostError when the text is none. `what` says what it has to be."""
    try:
        loaded = yaml.load(text, Loader=yaml.FullLoader)  # noqa: S506 - what docassemble uses
    except NOT_YAML as error:
        fault = explain(error, text)
        place = where if fault.line is None else f"{where}:{fault.line}"
        raise HostError(f"{place} is not YAML: {fault.sentence}", hint=fault.hint) from error
    if not isinstance(loaded, dict):
        kind, _, form = what.partition(", ")
        raise HostError(f"{where} is not {kind}", hint=f"it has to be {form}")
    return loaded


def _findings(loader: yaml.CSafeLoader, block: str) -> SourceFindings:
    walks = list(_walks(loader, block))
    if not walks:
        return SourceFindings()
    # the last block of that name is the one that YAML keeps
    doubled = [(block,)] * (len(walks) > 1) + walks[-1].doubled
    return SourceFindings(doubled=tuple(dict.fromkeys(doubled)), pitfalls=tuple(walks[-1].pitfalls))


def _findings_of_all(loader: yaml.CSafeLoader, block: str) -> SourceFindings:
    loader.get_event()  # the stream begins
    if loader.check_event(StreamEndEvent):
        return SourceFindings()
    loader.get_event()  # the document begins
    walk = _Walk(loader=loader)
    walk.block((block,))
    return SourceFindings(doubled=tuple(dict.fromkeys(walk.doubled)), pitfalls=tuple(walk.pitfalls))


def _walks(loader: yaml.CSafeLoader, block: str) -> Iterator[_Walk]:
    """Walk through each block of that name."""
    loader.get_event()  # the stream begins
    if loader.check_event(StreamEndEvent):
        return
    loader.get_event()  # the document begins
    if not loader.check_event(MappingStartEvent):
        _compose(loader)
    for key in _keys(loader):
        if isinstance(key, ScalarNode) and key.value == block:
            walk = _Walk(loader=loader)
            walk.block((block,))
            yield walk
        else:
            _compose(loader)
    loader.get_event()  # the document ends
    if not loader.check_event(StreamEndEvent):
        raise yaml.YAMLError("there is more than one document")


def _compose(loader: yaml.CSafeLoader) -> Node:
    """Return the node that comes next, with all below it."""
    # an index matters for paths only, which these loaders do not resolve
    return cast("Node", cast("Composer", loader).compose_node(None, 0))


def _keys(loader: yaml.CSafeLoader) -> Iterator[Node]:
    """Yield the keys of a mapping that comes next; who asks for them takes the values."""
    if loader.check_event(MappingStartEvent):
        loader.get_event()
        while not loader.check_event(MappingEndEvent):
            yield _compose(loader)
        loader.get_event()


@dataclass(slots=True, kw_only=True)
class _Walk:
    """One walk through the nodes of a block, collecting findings."""

    loader: yaml.CSafeLoader
    doubled: list[KeyPath] = field(default_factory=list)
    pitfalls: list[YamlPitfall] = field(default_factory=list)

    def block(self, path: KeyPath) -> None:
        """Walk the node that comes next, a mapping entry by entry."""
        event = self.loader.peek_event()
        if isinstance(event, MappingStartEvent) and event.anchor is None:
            self._mapping(((key, _compose(self.loader)) for key in _keys(self.loader)), path)
        else:
            self._node(_compose(self.loader), path)

    def _node(self, node: Node, path: KeyPath) -> None:
        """Walk one node and all below it."""
        if isinstance(node, ScalarNode):
            self._look(node, path)
            return
        # an alias is told once, and may lead to itself
        below, node.value = node.value, []
        if isinstance(node, MappingNode):
            self._mapping(below, path)
        else:
            for index, each in enumerate(below):
                self._node(each, (*path, str(index)))

    def _mapping(self, pairs: Iterable[tuple[Node, Node]], path: KeyPath) -> None:
        keys = set()
        for key, value in pairs:
            subpath = self._key(key, path)
            if subpath in keys and key.tag != MERGE:
                self.doubled.append(subpath)
            keys.add(subpath)
            self._node(value, path if key.tag == MERGE else subpath)

    def _key(self, key: Node, path: KeyPath) -> KeyPath:
        """Return the path of a key, whose text is that of the value YAML makes of it."""
        if not isinstance(key, ScalarNode):
            return (*path, "?")
        # a number that Python refuses to write out stays as it is written
        value = key.value if len(key.value) > MAX_MESSAGE else value_of(self.loader, key)
        subpath = (*path, str(value))
        self._look(key, subpath, is_key=True)
        return subpath

    def _look(self, node: ScalarNode, path: KeyPath, *, is_key: bool = False) -> None:
        value = _surprising(self.loader, node)
        if value is not None:
            self.pitfalls.append(YamlPitfall(path=path, written=node.value, value=value, is_key=is_key))


def value_of(loader: yaml.CSafeLoader, node: ScalarNode) -> object:
    """Return what YAML makes of a scalar."""
    if node.tag == _TEXT:
        return node.value
    try:
        return loader.construct_object(node)
    # a tag that only docassemble's own loader knows: its text says enough
    except ConstructorError:
        return node.value


def _surprising(loader: yaml.CSafeLoader, node: ScalarNode) -> bool | int | float | None:
    """Return what YAML makes of a scalar when that is not what is written, else None."""
    # quoted, or a block of text; or a word; or longer than any number, and slow to construct
    if node.style or node.tag == _TEXT or len(node.value) > MAX_MESSAGE:
        return None
    value = value_of(loader, node)
    return value if isinstance(value, bool | int | float) and _is_surprising(node.value, value) else None


def _is_surprising(written: str, value: float) -> bool:
    if isinstance(value, bool):
        return written.lower() not in ("true", "false")
    if isinstance(value, float):
        return ":" in written or (written.endswith("0") and str(value) != written)
    return ":" in written or _OCTAL.fullmatch(written) is not None
