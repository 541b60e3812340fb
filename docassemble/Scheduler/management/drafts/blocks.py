# do not pre-load
"""A `scheduler:` block that somebody has typed, checked: nothing is kept, and nothing is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ...config import Code, Configuration, EnvFile, SourceFindings, parse
from ...config.jobs import Unusable
from ...config.parser import Locate
from ...config.schedules import TriggerSchedule
from ...core.clock import Clock
from ...core.job import Job
from ...core.problem import Path, Problem, Severity
from ...execution.functions import Functions
from ..check import missing_functions
from ..permissions import Caller
from .explain import due_times

#: so many jobs and problems are shown
MAX_JOBS, MAX_PROBLEMS = 100, 200
_NOT_READ = "Variables of the environment are not read here, so what they set is not checked."


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockText:
    """What a text says that is YAML."""

    #: what stands below `scheduler:`, as YAML has loaded it
    block: object
    #: the `timezone` of the configuration that the block is a part of
    zone: str | None = None
    findings: SourceFindings = field(default_factory=SourceFindings)
    #: adds the lines of the text to problems
    locate: Locate = tuple


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What else than the text decides about a block, on this server."""

    #: IANA name of docassemble's time zone
    zone: str
    #: the variables of the process, and those of the `.env` file
    environ: Mapping[str, str]
    env_file: EnvFile
    trigger_schedule: TriggerSchedule | None = None
    unusable: Unusable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedJob:
    """A job of a block, and when it would be due."""

    job: Job
    line: int | None
    #: the next due times, in the zone of the job
    due: tuple[datetime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBlock:
    """What was found in a block."""

    problems: tuple[Problem, ...] = ()
    jobs: tuple[CheckedJob, ...] = ()
    #: how many there are, shown or not
    problem_count: int = 0
    job_count: int = 0
    #: whether the functions that the jobs shown name were looked for
    has_functions: bool = False
    #: whether the variables of the environment were read
    has_variables: bool = False
    #: whether rows of `jobs from` would be jobs too: no database is asked here
    has_tables: bool = False


class BlockChecker:
    """Checks what somebody has typed, as far as docassemble lets them."""

    def __init__(
        self,
        *,
        read: Callable[[str], BlockText | Problem],
        context: Callable[[], CheckContext],
        clock: Clock,
    ) -> None:
        """`read` reads YAML without constructing anything but values, or says why it does not."""
        self._read = read
        self._check_context = context
        self._clock = clock

    def check(self, text: str, by: Caller) -> CheckedBlock:
        """Check a text; never raises for what stands in it.

        For somebody whom docassemble lets run no code, nothing is imported, and no variable of the environment read.
        """
        read = self._read(text)
        if isinstance(read, Problem):
            return CheckedBlock(problems=(read,), problem_count=1)
        configuration = self._parsed(read, is_limited=by.is_limited)
        shown = configuration.jobs[:MAX_JOBS]
        problems = list(configuration.problems)
        if by.is_limited:
            problems = [_unread(each) for each in problems]
        else:
            # nobody waits here for a Playground that is just being written
            problems += missing_functions(shown, Functions(sleep=lambda _seconds: None))
        return self._checked(read, configuration, shown, problems, by)

    def _parsed(self, read: BlockText, *, is_limited: bool) -> Configuration:
        around = self._check_context()
        return parse(
            read.block,
            zone=around.zone if read.zone is None else read.zone,
            environ={} if is_limited else around.environ,
            now=self._clock.now(),
            env_file=None if is_limited else around.env_file,
            source=read.findings,
            trigger_schedule=around.trigger_schedule,
            unusable=around.unusable,
        )

    def _checked(
        self,
        read: BlockText,
        configuration: Configuration,
        shown: Sequence[Job],
        problems: Sequence[Problem],
        by: Caller,
    ) -> CheckedBlock:
        first = sorted(problems, key=lambda each: each.severity is not Severity.ERROR)[:MAX_PROBLEMS]
        located = sorted(read.locate(first), key=lambda each: (each.line is None, each.line))
        lines = self._lines(read, shown)
        return CheckedBlock(
            problems=tuple(located),
            jobs=tuple(
                CheckedJob(job=job, line=lines[job.name], due=due_times(job, self._clock.now()))
                for job in shown
            ),
            problem_count=len(problems),
            job_count=len(configuration.jobs),
            has_functions=not by.is_limited,
            has_variables=not by.is_limited,
            has_tables=bool(configuration.settings.jobs_from),
        )

    def _lines(self, read: BlockText, jobs: Sequence[Job]) -> dict[str, int | None]:
        """Return where jobs stand: as if each were a problem."""
        paths: list[Path] = [("scheduler", job.name) for job in jobs]
        found = read.locate([Code.BLANK_JOB.problem(path, "It stands here.") for path in paths])
        return {job.name: each.line for job, each in zip(jobs, found, strict=True)}


def _unread(problem: Problem) -> Problem:
    """Return what is said in the place of a problem that is none if the variable is set."""
    if problem.code != Code.UNDEFINED_VARIABLE.value:
        return problem
    return replace(problem, severity=Severity.WARNING, sentence=_NOT_READ, hint="")
