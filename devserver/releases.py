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
    #: the line of ``pip check`` that is to be expected
    complaint: str


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release of docassemble, and what it needs."""

    version: str
    #: the first and the last Python that it is known to run with
    pythons: tuple[Minor, Minor]
    overrides: tuple[Override, ...] = ()

    @property
    def minors(self) -> list[Minor]:
        """The Pythons it runs with, newest first."""
        (major, first), (_, last) = self.pythons
        return [(major, minor) for minor in range(last, first - 1, -1)]

    @property
    def series(self) -> str:
        """The first two numbers of the version, such as 1.10."""
        return ".".join(self.version.split(".")[:2])


#: newest first: the first one is what most tests run with
RELEASES = (
    Release(
        version="1.10.14",
        pythons=((3, 12), (3, 13)),
        overrides=(
            Override(
                requirement="certifi==2026.10.19.post1",
                reason="certifi 2026.10.19 was withdrawn and replaced by 2026.10.19.post1",
                complaint="docassemble-base 1.10.14 has requirement certifi==2026.10.19, "
                "but you have certifi 2026.10.19.post1.",
            ),
        ),
    ),
    Release(version="1.10.5", pythons=((3, 10), (3, 13))),  # the last for Python 3.10 and 3.11
    Release(version="1.9.13", pythons=((3, 10), (3, 13))),
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
