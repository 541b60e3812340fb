# do not pre-load
"""The lines of the configuration file where jobs and their keys stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.nodes import ScalarNode

from ...core.problem import Path as KeyPath
from ...core.problem import Problem, path_part
from .config_file import MAX_MESSAGE, MERGE, NOT_YAML, new_loader, value_of

_ROOT = "scheduler"
#: time of the last change (nanoseconds), and size
_State = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Locator:
    """Finds the lines of problems in a file, as long as it is the one that was read."""

    path: Path
    state: _State | None

    @classmethod
    def of(cls, path: Path) -> Locator:
        """Remember how the file is now, before it is read."""
        return cls(path, _state(path))

    def __call__(self, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        """Return the problems, those of the block with their lines; without any when the file has changed."""
        if not problems or self.state is None or _state(self.path) != self.state:
            return tuple(problems)
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return tuple(problems)
        return located(problems, text)


class JobLines:
    """The lines of jobs in a file, each looked up once as long as the file stays as it is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[_State | None, dict[str, int | None]] = (None, {})

    def __call__(self, job: str) -> int | None:
        """Return the line where a job stands now; None when it does not, or the file cannot be read."""
        state = _state(self._path)
        known = self._known
        if known[0] != state:
            self._known = known = (state, {})
        if state is not None and job not in known[1]:
            known[1][job] = self._look(job)
        return known[1].get(job)

    def _look(self, job: str) -> int | None:
        try:
            return job_line(self._path.read_text(encoding="utf-8"), job)
        except (OSError, ValueError):
            return None


def job_line(text: str, job: str) -> int | None:
    """Return the line of a configuration where a job stands; None when it does not."""
    path = (_ROOT, path_part(job))
    return lines_in(text, {path}).get(path)


def located(problems: Sequence[Problem], text: str, *, is_block: bool = False) -> tuple[Problem, ...]:
    """Return problems with the lines where they stand in a configuration, or in what stands below `scheduler:`."""
    wanted = {path for each in problems for path in _beginnings(each.path)}
    lines = lines_in(text, wanted, is_block=is_block)
    return tuple(replace(each, line=_line(each.path, lines)) for each in problems)


def lines_in(text: str, wanted: Collection[KeyPath], *, is_block: bool = False) -> dict[KeyPath, int]:
    """Return the lines of those of the paths that stand in the text; never raises.

    Only events are read: nothing is constructed, and no alias is followed.
    """
    walk = _Walk(wanted=wanted)
    if is_block:
        walk.found[_ROOT,] = 1
    loader = new_loader(text)
    try:
        walk.events(loader, (_ROOT,) if is_block else ())
    except NOT_YAML:
        return walk.found  # what stands before the mistake
    finally:
        loader.dispose()
    return walk.found


def _state(path: Path) -> _State | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


def _beginnings(path: KeyPath) -> Iterator[KeyPath]:
    """Yield the path, and that of its job or setting: the nearest of them that stands in the file counts."""
    if path[:1] == (_ROOT,):
        yield from (path[:length] for length in range(len(path), min(2, len(path)) - 1, -1))


def _line(path: KeyPath, lines: dict[KeyPath, int]) -> int | None:
    return next((lines[each] for each in _beginnings(path) if each in lines), None)


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet."""

    path: KeyPath
    is_mapping: bool
    #: nothing below it is looked for
    is_skipped: bool
    #: of a mapping that `<<` puts in: keys that stand there themselves win
    is_merged: bool = False
    #: of a mapping, between a key and its value: where the value stands
    at: KeyPath | None = None
    is_merge_next: bool = False
    count: int = 0


@dataclass(slots=True, kw_only=True)
class _Walk:
    """One walk through the events of a text."""

    wanted: Collection[KeyPath]
    found: dict[KeyPath, int] = field(default_factory=dict)
    open: list[_Open] = field(default_factory=list)

    def events(self, loader: yaml.CSafeLoader, root: KeyPath) -> None:
        """Walk through the first document."""
        for event in _events(loader):
            if isinstance(event, MappingEndEvent | SequenceEndEvent):
                self.open.pop()
            elif isinstance(event, ScalarEvent | AliasEvent | MappingStartEvent | SequenceStartEvent):
                self._node(loader, event, root)

    def _node(self, loader: yaml.CSafeLoader, event: Any, root: KeyPath) -> None:
        parent = self.open[-1] if self.open else None
        path, is_skipped, is_merged = root, False, False
        if parent is not None:
            is_key = parent.is_mapping and parent.at is None
            if is_key:
                self._key(loader, event, parent)
                path, is_skipped = parent.path, True
            else:
                path, is_merged = self._place(event, parent), parent.is_merge_next
                is_skipped = parent.is_skipped or (len(path) == 1 and path != (_ROOT,))
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            is_mapping = isinstance(event, MappingStartEvent)
            self.open.append(_Open(path, is_mapping, is_skipped, is_merged))

    def _key(self, loader: yaml.CSafeLoader, event: Any, parent: _Open) -> None:
        parent.is_merge_next = False
        if parent.is_skipped:
            parent.at = parent.path
            return
        text, parent.is_merge_next = _text_of_key(loader, event)
        parent.at = parent.path if parent.is_merge_next else (*parent.path, text)
        if not parent.is_merge_next:
            self._note(parent.at, event, is_weak=parent.is_merged)

    def _place(self, event: Any, parent: _Open) -> KeyPath:
        """Return where a value stands; the next node of its mapping is a key."""
        if parent.is_mapping:
            path, parent.at = parent.at or parent.path, None
            return path
        path = (*parent.path, str(parent.count))
        parent.count += 1
        if not parent.is_skipped:
            self._note(path, event)
        return path

    def _note(self, path: KeyPath, event: Any, *, is_weak: bool = False) -> None:
        if path in self.wanted and not (is_weak and path in self.found):
            self.found[path] = event.start_mark.line + 1


def _events(loader: yaml.CSafeLoader) -> Iterable[Any]:
    while loader.check_event():
        event = loader.get_event()
        if isinstance(event, DocumentEndEvent):
            return
        yield event


def _text_of_key(loader: yaml.CSafeLoader, event: Any) -> tuple[str, bool]:
    """Return the text of a key, which is that of the value YAML makes of it, and whether it is `<<`."""
    if not isinstance(event, ScalarEvent):
        return "?", False
    resolver: Any = loader  # PyYAML has no types for it
    tag = event.tag
    if tag in {None, "!"}:
        tag = resolver.resolve(ScalarNode, event.value, event.implicit)
    node = ScalarNode(tag, event.value, None, None)
    value = event.value if len(event.value) > MAX_MESSAGE else value_of(loader, node)
    return path_part(str(value)), tag == MERGE
