# do not pre-load
"""One call of the JSON API: the value from which its address, its reading and its description are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...management.manager import SchedulerManager
from ...management.permissions import Caller
from .fields import Field, read_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What can be called."""

    method: str
    #: below the API's own
    path: str
    summary: str
    #: name of the shape of the answer
    answer: str
    #: takes the manager, the values of the fields and who calls; returns what is answered: JSON, or text
    do: Callable[[SchedulerManager, Mapping[str, Any], Caller], Any]
    #: of the address
    parameters: tuple[Field, ...] = ()
    #: of the body
    body: tuple[Field, ...] = ()

    def answered(
        self, manager: SchedulerManager, parameters: Mapping[str, Any], body: Mapping[str, Any], by: Caller
    ) -> Any:
        """Read what is given, do it, and return the answer; raises BadRequest, and what the manager raises."""
        given = read_all(self.parameters, parameters) | read_all(self.body, body)
        return self.do(manager, given, by)
