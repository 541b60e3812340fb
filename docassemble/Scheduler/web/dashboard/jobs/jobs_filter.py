# do not pre-load
"""Which jobs the overview shows and in which order: what its address says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

#: words for the status of a job; what needs a person comes first
ORDER = ("problem", "failing", "late", "running", "paused", "ok", "disabled")
#: what jobs are grouped by: what stands before the first dot, or their first tag
GROUPS = ("name", "tag")
#: what is shown of the jobs; the first is the default
VIEWS = ("jobs", "timeline", "servers")
MAX_TEXT = 200


class SortKey(Enum):
    """What jobs are sorted by."""

    NEED = "need"
    NAME = "name"
    NEXT = "next"
    LAST = "last"
    DURATION = "duration"
    SUCCESS = "success"


#: whose greatest value comes first, unless the opposite is asked for
_GREATEST_FIRST = {SortKey.LAST, SortKey.DURATION}
#: for which a few of the latest records are not enough
_OF_MANY = {SortKey.LAST, SortKey.DURATION, SortKey.SUCCESS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which jobs are wanted, and how they are shown."""

    #: part of the name or description
    text: str = ""
    #: a word of `ORDER`; empty = all
    status: str = ""
    tag: str = ""
    sort: SortKey = SortKey.NEED
    #: whether they are sorted the other way round
    is_turned: bool = False
    #: one of `GROUPS`; empty = none
    group: str = ""
    view: str = VIEWS[0]
    #: counted from 1
    page: int = 1

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Filter:
        """Read an address; what makes no sense in it is left out."""
        page, sort = args.get("page", ""), args.get("sort", "")
        known = {each.value: each for each in SortKey}
        return cls(
            text=args.get("q", "")[:MAX_TEXT],
            status=_known(args.get("state", ""), ORDER),
            tag=args.get("tag", "")[:MAX_TEXT],
            sort=known.get(sort.removeprefix("-"), SortKey.NEED),
            is_turned=sort.startswith("-") and sort[1:] in known,
            group=_known(args.get("group", ""), GROUPS),
            view=_known(args.get("view", ""), VIEWS) or VIEWS[0],
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
        )

    @property
    def is_descending(self) -> bool:
        """Whether the greatest value comes first."""
        return self.is_turned is not (self.sort in _GREATEST_FIRST)

    @property
    def needs_all_records(self) -> bool:
        """Whether the order depends on more than the latest records of each job."""
        return self.sort in _OF_MANY

    @property
    def is_narrow(self) -> bool:
        """Whether some jobs may be left out."""
        return bool(self.text or self.status or self.tag)

    @property
    def args(self) -> dict[str, str]:
        """The arguments of its address: what differs from the default."""
        sort = "-" * self.is_turned + self.sort.value
        values = {
            "q": self.text,
            "state": self.status,
            "tag": self.tag,
            "sort": "" if sort == SortKey.NEED.value else sort,
            "group": self.group,
            "view": "" if self.view == VIEWS[0] else self.view,
            "page": "" if self.page == 1 else str(self.page),
        }
        return {name: value for name, value in values.items() if value}

    def but(self, **changes: object) -> dict[str, str]:
        """Return the arguments of the address of another one, from its first page on."""
        return replace(self, **{"page": 1, **changes}).args  # type: ignore[arg-type]

    def sorted_by(self, sort: str) -> dict[str, str]:
        """Return the arguments with which a head of a column sorts by it, or turns the order round."""
        key = SortKey(sort)
        return self.but(sort=key, is_turned=self.sort is key and not self.is_turned)

    def direction(self, sort: str) -> str:
        """Return the `aria-sort` of the column of a sort key."""
        if self.sort is not SortKey(sort):
            return "none"
        return "descending" if self.is_descending else "ascending"


def _known(text: str, known: tuple[str, ...]) -> str:
    return text if text in known else ""
