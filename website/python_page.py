"""The reference of Python: which names it has, in which order. Their texts are their docstrings, by mkdocstrings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Names that belong together."""

    title: str
    about: str
    #: below `docassemble.Scheduler`
    names: Sequence[str]
    #: whether the members of a class are shown
    members: bool = True


GROUPS = (
    Group(
        "Schedule",
        "What these functions do together is in [From Python](python.md).",
        ("schedule_in", "schedule_at", "schedule_every", "schedule_cron", "cancel"),
    ),
    Group(
        "In a session",
        "For actions of an interview: see [In a session](sessions.md).",
        ("schedule_action", "cancel_action", "scheduled_actions"),
    ),
    Group(
        "Run and pause",
        "",
        (
            *("run_now", "backfill", "due_times_without_success"),
            *("pause", "resume", "pause_all", "resume_all"),
        ),
    ),
    Group("Look", "", ("jobs", "history")),
    Group("Inside of a job", "", ("current_run", "CurrentRun", "log")),
    Group("Values", "", ("FinishedRun", "Status", "Trigger", "StopReason")),
    Group(
        "Errors",
        "Each is a `SchedulerError`, except `JobStopped` and `JobTimeout`, which stop a job.",
        (
            *(
                "SchedulerError",
                "ArgumentError",
                "DefinitionError",
                "DurationError",
                "FunctionError",
                "HostError",
            ),
            *("NotPossible", "StoreUnavailable", "UnknownJob", "JobStopped", "JobTimeout"),
        ),
    ),
    Group(
        "Tests of your own jobs",
        "From `docassemble.Scheduler.testing`: see [Testing](testing.md#testing-your-own-jobs).",
        (
            *("testing.simulated_scheduler", "testing.SimulatedScheduler", "testing.SentMail"),
            "testing.fixtures.scheduler",
        ),
    ),
    Group(
        "Stand-ins",
        "From `docassemble.Scheduler.testing`, for tests of the package itself; a new release may change them.",
        (
            *("testing.job", "testing.ManualClock", "testing.MemoryStore", "testing.MemoryWorld"),
            *("testing.MemorySpool", "testing.FakeHost", "testing.FakeUwsgi"),
        ),
        members=False,
    ),
    Group(
        "Shipped jobs",
        "From `docassemble.Scheduler.tasks`: [Shipped jobs](tasks.md) has an example of each.",
        (
            *(
                "tasks.http.request",
                "tasks.interviews.run_action",
                "tasks.interviews.start",
                "tasks.kafka.send",
            ),
            *("tasks.postgres_db_backup.run", "tasks.test.heartbeat", "tasks.test.test_arbitrary_params"),
            *("tasks.test.test_long_running", "tasks.test.test_raise_exception"),
            "tasks.test_context.SchedulerContext",
        ),
        members=False,
    ),
    Group(
        "Names of 0.2.x",
        "Modules that jobs and error handlers written for 0.2.x import.",
        (
            *("scheduler_logger.log", "scheduler_logger.error_notification"),
            *("scheduler_error_handler.handle_error", "scheduler_error_handler.error_notification"),
            *("job_data.SchedulerJobConfig", "job_data.get_cur_job", "job_data.get_callable"),
        ),
    ),
)
INTRODUCTION = """# Python reference

Every public name, with the text of its docstring. [From Python](python.md) explains how they work together.
Names are imported from `docassemble.Scheduler`, if nothing else is said.
"""


def python_page(groups: Sequence[Group] = GROUPS) -> str:
    """Return the page, with directives of mkdocstrings."""
    return "\n".join([INTRODUCTION, *(_section(group) for group in groups)])


def _section(group: Group) -> str:
    directives = "\n".join(_directive(name, {"members": group.members}) for name in group.names)
    return f"## {group.title}\n\n{group.about}\n\n{directives}"


def _directive(name: str, options: Mapping[str, bool]) -> str:
    lines = [f"::: docassemble.Scheduler.{name}"]
    lines += ["    options:", "      members: false"] if not options["members"] else []
    return "\n".join([*lines, ""])
