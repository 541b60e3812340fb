# do not pre-load
"""What only the text of the configuration file can tell, because loading it as YAML loses it."""

from __future__ import annotations

from dataclasses import dataclass

#: the keys that lead to a value: `("scheduler", "test.heartbeat", "minute")`
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprise:
    """An unquoted scalar, or key, that YAML 1.1 reads as something else than what is written."""

    #: ends in the text of the key as YAML has read it, when it is a key that surprises
    path: Path
    #: as it stands in the file: `010`
    written: str
    #: what YAML makes of it: `8`
    value: bool | int | float
    is_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """The facts of one file; without facts when it could not be read, and `unread` says why."""

    #: keys that stand more than once in their mapping, each once
    doubled: tuple[Path, ...] = ()
    surprises: tuple[Surprise, ...] = ()
    unread: str = ""
