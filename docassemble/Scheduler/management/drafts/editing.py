# do not pre-load
"""What the pages that edit need of docassemble: how text is read, which functions there are, what is in the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...execution.catalog import Catalog
from ..permissions import Caller, Switch
from .blocks import BlockChecker


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """The parts that the pages share."""

    checker: BlockChecker
    #: returns the keys of a job that somebody has typed; raises BadRequest
    read_keys: Callable[[str], Mapping[str, Any]]
    #: returns the block as it stands in the configuration; raises OSError
    read_block: Callable[[], str]
    #: returns the line of a text where a job stands; and that of the configuration, as its file is now
    line_in: Callable[[str, str], int | None]
    line_of: Callable[[str], int | None]
    #: IANA name of docassemble's time zone
    zone: Callable[[], str]
    catalog: Catalog


def edits_configuration(caller: Caller) -> bool:
    """Return whether docassemble shows somebody its Configuration page."""
    return caller.is_code or ("admin" in caller.privileges and Switch.CONFIGURATION in caller.switches)
