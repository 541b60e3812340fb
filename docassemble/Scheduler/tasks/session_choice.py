# do not pre-load
"""Which sessions of an interview a job means."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from docassemble.Scheduler.tasks.arguments import InvalidArgument, read_seconds, read_text

FILTERS = ("tag", "modified within", "idle for")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Certain sessions, or all that have what is asked for; None asks for nothing."""

    ids: tuple[str, ...] | None = None
    tag: str | None = None
    #: changed no longer ago than this
    modified_within: timedelta | None = None
    #: not changed for as long as this
    idle_for: timedelta | None = None

    def query(self) -> Any:
        """Return what `interview_list()` is to be asked for; None for everything."""
        from docassemble.base.util import DA

        now = datetime.now(timezone.utc).replace(tzinfo=None)  # docassemble keeps UTC without a zone
        conditions = []
        if self.modified_within is not None:
            conditions.append(DA.Sessions.modtime >= now - self.modified_within)
        if self.idle_for is not None:
            conditions.append(DA.Sessions.modtime <= now - self.idle_for)
        return DA.And(*conditions) if conditions else None

    def has_tag(self, tags: Collection[str]) -> bool:
        """Return whether a session with these tags is meant."""
        return self.tag is None or self.tag in tags


def read_choice(sessions: object) -> Choice:
    """Read `all`, session IDs, or a mapping of filters."""
    if isinstance(sessions, Mapping):
        return _filtered(sessions)
    if isinstance(sessions, str):
        return Choice() if sessions.lower() == "all" else Choice(ids=(read_text(sessions, "sessions"),))
    if not isinstance(sessions, list | tuple) or not all(isinstance(each, str) and each for each in sessions):
        raise InvalidArgument("`sessions` must be `all`, a list of session IDs, or a mapping of filters")
    return Choice(ids=tuple(dict.fromkeys(sessions)))


def _filtered(sessions: Mapping[Any, Any]) -> Choice:
    given = {str(name).lower().replace("_", " ").replace("-", " "): value for name, value in sessions.items()}
    unknown = sorted(given.keys() - set(FILTERS))
    if unknown or not given:
        raise InvalidArgument(f"`sessions` has {unknown or 'no filter'}: filters are {', '.join(FILTERS)}")
    lasting = {name: _duration(given, name) for name in FILTERS[1:]}
    return Choice(
        tag=read_text(given["tag"], "tag") if "tag" in given else None,
        modified_within=lasting["modified within"],
        idle_for=lasting["idle for"],
    )


def _duration(given: Mapping[str, object], name: str) -> timedelta | None:
    return timedelta(seconds=read_seconds(given[name], name)) if name in given else None
