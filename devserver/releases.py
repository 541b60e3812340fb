"""The releases of docassemble that this package is tested with: the one place that a new one is added to.

The command line's choices, ``make``, the tests, the benchmarks and the sentence in README.md come from here.
"""

from dataclasses import dataclass

from devserver.errors import DevServerError

Minor = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Override:
    """A pin of a release that cannot be installed as it stands."""

    #: what is installed in its place
    requirement: str
    reason: str
    #: how the lines of ``pip check`` end that are to be expected
    complaint: str


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release of docassemble, and what it needs."""

    version: str
    #: the Pythons that it runs with, in the order in which they are looked for
    pythons: tuple[Minor, ...]
    overrides: tuple[Override, ...] = ()

    @property
    def series(self) -> str:
        """The first two numbers of the version, such as 1.10."""
        return ".".join(self.version.split(".")[:2])

    def unexpected(self, complaints: str) -> list[str]:
        """Return the lines of what ``pip check`` printed that no override explains."""
        known = tuple(override.complaint for override in self.overrides)
        return [line for line in complaints.splitlines() if not known or not line.endswith(known)]


#: newest first: the first one is what most tests run with
RELEASES = (
    Release(
        version="1.10.14",
        pythons=((3, 12), (3, 13)),  # its image has the first
        overrides=(
            Override(
                requirement="certifi==2026.10.19.post1",
                reason="certifi 2026.10.19 was withdrawn and replaced by 2026.10.19.post1",
                complaint="has requirement certifi==2026.10.19, but you have certifi 2026.10.19.post1.",
            ),
        ),
    ),
    # the last one for Python 3.10 and 3.11
    Release(version="1.10.5", pythons=((3, 12), (3, 11), (3, 10), (3, 13))),
    Release(version="1.9.13", pythons=((3, 12), (3, 11), (3, 10), (3, 13))),
)
NEWEST = RELEASES[0]
VERSIONS = tuple(release.version for release in RELEASES)


def release(version: str) -> Release:
    """Return a row of the table; raises DevServerError when there is none for this version."""
    for each in RELEASES:
        if each.version == version:
            return each
    raise DevServerError(
        f"docassemble {version} is not in the table of devserver/releases.py; there are {', '.join(VERSIONS)}"
    )
