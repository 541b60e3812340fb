# do not pre-load
"""What goes out in one message: the reports that waited for one another, and the line that says it all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .report import MAX_HEADLINE, Report, ReportKind, Sender, one_line

#: so many names stand in the headline of several reports
_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What goes out in one message: a report at least, the oldest first."""

    sender: Sender
    reports: tuple[Report, ...]
    #: so many more were not kept
    more: int = 0

    @property
    def headline(self) -> str:
        """One line that says it all."""
        return one_line(
            self.reports[0].headline if self.is_single else _summary(self.reports, self.more), MAX_HEADLINE
        )

    @property
    def is_single(self) -> bool:
        """Whether it is about one thing."""
        return len(self.reports) == 1 and not self.more


def _summary(reports: Iterable[Report], more: int) -> str:
    """Say what several reports are about: `3 jobs failed, 1 job works again: a, b, c and 1 other`."""
    jobs: dict[str, dict[str, None]] = {}
    names: dict[str, None] = {}
    others: dict[str, int] = {}
    for report in reports:
        says = _SAYS.get(report.kind)
        if says is None or report.job is None:
            others[report.kind.value] = others.get(report.kind.value, 0) + 1
        else:
            jobs.setdefault(says[0], {})[report.job] = None
        if report.job is not None:
            names[report.job] = None
    parts = [
        f"{len(found)} {'job' if len(found) == 1 else 'jobs'} {_verb(one, len(found))}"
        for one, found in jobs.items()
    ]
    parts += [f"{count} {kind if count == 1 else f'{kind}s'}" for kind, count in others.items()]
    parts += [f"{more} more"] if more else []
    return ", ".join(parts) + (f": {_some(list(names))}" if names else "")


_SAYS: Final = {
    ReportKind.FAILURE: ("failed", "failed"),
    ReportKind.STILL_FAILING: ("is still failing", "are still failing"),
    ReportKind.RECOVERY: ("works again", "work again"),
    ReportKind.LATE: ("started late", "started late"),
}


def _verb(one: str, count: int) -> str:
    return next(many if count > 1 else single for single, many in _SAYS.values() if single == one)


def _some(names: list[str]) -> str:
    shown = [one_line(name, 60) for name in names[:_NAMED]]
    left = len(names) - len(shown)
    return ", ".join(shown) + (f" and {left} other{'s' if left > 1 else ''}" if left else "")
