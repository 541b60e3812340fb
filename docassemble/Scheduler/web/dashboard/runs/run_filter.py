# do not pre-load
"""What the page of all runs is asked for: read from its address, and written into the addresses of its links."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from ....core.run import Status, Trigger
from ....core.texts.phrase import Phrase
from ....store.records import FAILURES, RunQuery
from ..presentation import Viewer

#: how many records a page has
PAGE = 50
#: longer texts are not looked for (characters)
MAX_TEXT = 300
#: what the parameter `group` can be
BY_ERROR = "error"
#: times outside of these years are not meant, and cannot be told in every zone
YEARS = range(1970, 9000)
_ID = re.compile(r"[0-9a-f]{12,32}")
_E = TypeVar("_E", bound=Enum)


#: the words of a parameter that are not known
_UNKNOWN = {
    Status: Phrase("There is no status '{value}'. Choose one of the form."),
    Trigger: Phrase("There is no trigger '{value}'. Choose one of the form."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs are wanted, and how they are shown."""

    query: RunQuery
    #: whether failures are shown in groups
    grouped: bool = False
    #: in which zone the times of the address are
    zone: ZoneInfo
    mistakes: Sequence[Phrase] = ()

    @classmethod
    def read(cls, given: Mapping[str, Sequence[str]], viewer: Viewer) -> RunFilter:
        """Read the parameters of an address; what is wrong is among the mistakes."""
        reader = _Reader(given)
        zone = reader.zone(viewer.zone)
        query = RunQuery(
            job=reader.text("job"),
            statuses=reader.words("status", Status),
            trigger=next(iter(reader.words("trigger", Trigger)), None),
            server=reader.text("server"),
            since=reader.instant("since", zone),
            until=reader.instant("until", zone),
            text=reader.text("q"),
            error=reader.text("error"),
            before=reader.identifier("before"),
            limit=PAGE,
        )
        grouped = reader.text("group") == BY_ERROR
        return cls(query=query, grouped=grouped, zone=zone, mistakes=tuple(reader.mistakes))

    @property
    def parameters(self) -> dict[str, Any]:
        """What stands in the address of this page."""
        query = self.query
        given = {
            "job": query.job,
            "status": [status.value for status in Status if status in query.statuses],
            "trigger": query.trigger and query.trigger.value,
            "server": query.server,
            "since": self.local(query.since),
            "until": self.local(query.until),
            "zone": self.zone.key if query.since or query.until else None,
            "q": query.text,
            "error": query.error,
            "before": query.before,
            "group": BY_ERROR if self.grouped else None,
        }
        return {name: value for name, value in given.items() if value}

    def link(self, **changes: Any) -> dict[str, Any]:
        """Return the parameters of a page that is like this one but for the changes, and begins with the newest."""
        given = {**self.parameters, "before": None, **changes}
        return {name: value for name, value in given.items() if value}

    @property
    def is_narrow(self) -> bool:
        """Whether not all runs are wanted."""
        return self.parameters.keys() - {"group", "before"} != set()

    @property
    def is_of_failures(self) -> bool:
        """Whether all failures are wanted, and nothing else."""
        return set(self.query.statuses) == FAILURES

    @property
    def is_live(self) -> bool:
        """Whether the page shows what is newest, and is quick to make: it is brought up to date."""
        query = self.query
        is_slow = query.text or query.error or query.trigger or query.server
        return not (is_slow or query.before or self.grouped or self.mistakes)

    def of(self, viewer: Viewer) -> RunFilter:
        """Return the same with its times in the zone of who looks."""
        return replace(self, zone=viewer.zone)

    def local(self, at: datetime | None) -> str | None:
        """Return an instant as a form has it, in the zone of the filter."""
        if at is None:
            return None
        exact = "milliseconds" if at.microsecond else "seconds"
        text = at.astimezone(self.zone).replace(tzinfo=None).isoformat("T", exact)
        return text.removesuffix(":00")


@dataclass(slots=True)
class _Reader:
    """Reads parameters, and remembers which could not be read."""

    given: Mapping[str, Sequence[str]]
    mistakes: list[Phrase] = field(default_factory=list)

    def text(self, name: str) -> str | None:
        return next((each.strip() for each in self.given.get(name, ())), "")[:MAX_TEXT] or None

    def words(self, name: str, known: type[_E]) -> tuple[_E, ...]:
        """Return what words stand for; several may be in one value, with commas between them."""
        found: dict[_E, None] = {}
        for each in ",".join(self.given.get(name, ())[:20]).split(","):
            try:
                found.update({known(each.strip()): None} if each.strip() else {})
            except ValueError:
                self._refuse(_UNKNOWN[known], each)
        return tuple(found)

    def zone(self, otherwise: ZoneInfo) -> ZoneInfo:
        name = self.text("zone")
        try:
            return ZoneInfo(name) if name else otherwise
        except (ValueError, OSError, LookupError):
            self._refuse(Phrase("There is no time zone '{value}'. Take it out of the address."), name or "")
            return otherwise

    def instant(self, name: str, zone: ZoneInfo) -> datetime | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            at = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text))
        except ValueError:
            self._refuse(Phrase("'{value}' is not a date and time. Write it like 2026-03-01T14:30."), text)
            return None
        if at.year not in YEARS:
            self._refuse(Phrase("'{value}' is too long ago or too far ahead. Choose another year."), text)
            return None
        return at.replace(tzinfo=zone) if at.tzinfo is None else at

    def identifier(self, name: str) -> str | None:
        text = self.text(name)
        if text is not None and not _ID.fullmatch(text):
            self._refuse(
                Phrase("'{value}' is not the identifier of a run. Begin with the newest runs."), text
            )
            return None
        return text

    def _refuse(self, sentence: Phrase, value: str) -> None:
        self.mistakes.append(Phrase.of(sentence.text, value=value))
