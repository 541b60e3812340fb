# do not pre-load
"""The codes of the problems that reading the configuration can find: stable names, to search for."""

from __future__ import annotations

from enum import Enum

from ..core.errors import SchedulerError
from ..core.problem import Path, Problem, Severity


class Code(Enum):
    """One kind of problem; the value is the code, `explanation` one line about it."""

    explanation: str

    def __new__(cls, code: str, explanation: str) -> Code:
        """Make the code the value, so that `Code("unknown-key")` finds the member."""
        member = object.__new__(cls)
        member._value_ = code
        member.explanation = explanation
        return member

    def problem(
        self, path: Path, sentence: str, hint: str = "", severity: Severity = Severity.ERROR
    ) -> Problem:
        """Return a problem of this kind, of what stands at a path."""
        return Problem(code=self.value, path=path, sentence=sentence, hint=hint, severity=severity)

    def warning(self, path: Path, sentence: str, hint: str = "") -> Problem:
        """Return a problem of this kind that takes nothing away."""
        return self.problem(path, sentence, hint, Severity.WARNING)

    # what stands where
    NOT_YAML = "not-yaml", "The text is not YAML, often because a value that begins with `*` is not quoted."
    BAD_BLOCK = "bad-block", "The `scheduler:` block is not a mapping; no job is scheduled."
    NOT_A_JOB = "not-a-job", "A key of the block is neither a setting nor a mapping that describes a job."
    BLANK_JOB = "blank-job", "A job has nothing below its name."
    UNKNOWN_KEY = "unknown-key", "A key is not one of those that have a meaning here."
    DOUBLED_KEY = "doubled-key", "A key stands twice, maybe in two spellings; only one of them counts."
    BLANK_VALUE = "blank-value", "A key has no value."

    BAD_TABLE = "bad-table", "A block of `jobs from` does not say which rows are jobs, or what they run."
    BAD_ROW = "bad-row", "A row of a table of `jobs from` cannot be told from others, or names no function."

    # values
    WRONG_TYPE = "wrong-type", "The value is of another kind than the key takes: a list for a text, say."
    TOO_LARGE = "too-large", "The value is longer, or has more items, than anything that can be meant."
    BAD_NUMBER = "bad-number", "The value is not a whole number, or is out of range."
    BAD_BOOLEAN = "bad-boolean", "The value is neither true nor false."
    BAD_CHOICE = "bad-choice", "The value is not one of the words that the key takes."
    BAD_DURATION = "bad-duration", "The value is neither a number of seconds nor words like `5 minutes`."
    BAD_TIME = "bad-time", "The value is not a date and time, or no such date exists."
    BAD_DAY = "bad-day", "A value of `except` is not a day, or no such day exists."
    BAD_HOLIDAYS = "bad-holidays", "The value of `holidays` is not the code of a country, or of a part of it."
    NO_HOLIDAYS = "no-holidays", "The job needs the package `holidays`, which is not installed."
    BAD_TIME_ZONE = "bad-time-zone", "The value is not the IANA name of a time zone."
    BAD_NAME = "bad-name", "The value is not the dotted name of a function or class."
    BAD_EMAIL = "bad-email", "The value is not an e-mail address."
    BAD_RECEIVER = "bad-receiver", "What `notify` names is nothing that can be told of failures."
    NOT_STORABLE = (
        "not-storable",
        "The database cannot keep the text: it is too long, or has a NUL or half of a surrogate pair in it.",
    )
    BAD_URL = "bad-url", "The value is not an http or https address."
    BAD_ARGUMENTS = (
        "bad-arguments",
        "`args` is not a list, `kwargs` not a mapping of names, or one contains itself.",
    )
    UNDEFINED_VARIABLE = "undefined-variable", "`${NAME}` is not in the environment and has no default."
    UNKNOWN_VARIABLE = (
        "unknown-variable",
        "A variable that begins like those of the scheduler names no setting, and no key of a job.",
    )
    BAD_JSON = "bad-json", "The value of a variable begins like JSON, and is none."
    BAD_ENV_FILE = "bad-env-file", "The `.env` file, or a line of it, cannot be read."
    YAML_SURPRISE = "yaml-surprise", "YAML 1.1 reads an unquoted value as something else than is written."

    INVISIBLE_CHARACTER = "invisible-character", "A name contains a character that cannot be seen."

    NO_EFFECT = "no-effect", "The setting or key has no effect, because of another one."

    # schedules
    NO_SCHEDULE = "no-schedule", "Nothing in the job says when it is due."
    CONTRADICTORY_SCHEDULE = "contradictory-schedule", "Two keys of the job each give it a schedule."
    KEY_OF_ANOTHER_TYPE = "key-of-another-type", "The key belongs to another `type` and has no effect."
    NOT_ON_DEMAND = (
        "not-on-demand",
        "`job` of an added job is not the name of a job on demand, or stands beside `function`.",
    )
    BAD_DEFAULTS = "bad-defaults", "The job relies on the schedule of `defaults`, which cannot be used."
    INTERVAL_TOO_SHORT = "interval-too-short", "The interval is less than one second."
    BAD_FIELD = "bad-field", "A field of a cron schedule is out of range or cannot be read."
    BAD_CRONTAB = "bad-crontab", "The crontab expression cannot be read."
    BAD_TRIGGER = "bad-trigger", "APScheduler does not make a trigger of this."
    NO_APSCHEDULER = "no-apscheduler", "The job needs APScheduler, which is not installed."
    IMPOSSIBLE_SCHEDULE = "impossible-schedule", "The schedule can never be due."
    NEVER_FIRES_AGAIN = "never-fires-again", "All due times of the schedule have passed."

    # legal, and probably a trap
    HOUR_WITHOUT_MINUTE = "hour-without-minute", "`hour` without `minute` is due every minute of that hour."
    UNEVEN_STEP = (
        "uneven-step",
        "A step of a cron schedule does not divide its range: `*/40` is minute 0 and 40.",
    )
    DAYLIGHT_SAVING_GAP = "daylight-saving-gap", "The local time is skipped when the clocks go forward."
    SURE_TO_OVERLAP = "sure-to-overlap", "The job may run for longer than the time between two due times."

    # what only docassemble can tell
    FUNCTION_NOT_FOUND = "function-not-found", "The name leads to no function or class that can be imported."
    GENERATOR_FUNCTION = (
        "generator-function",
        "The name leads to a generator function: calling it runs none of its code.",
    )
    UNKNOWN_USER = "unknown-user", "docassemble has no user with the e-mail address of `run as`."
    TABLE_UNREADABLE = (
        "table-unreadable",
        "The rows of a table of `jobs from` cannot be had; its jobs stay as they were.",
    )
    NOT_IN_DATABASE = "not-in-database", "The database has no row of the job, so no server can run it."
    CELERY_MODULE_MISSING = (
        "celery-module-missing",
        "Celery's workers do not import what `run on: celery` needs.",
    )


class InvalidValue(SchedulerError):
    """A value that a key does not take.

    The message is the rest of a sentence that starts with the value (`is not a whole number`); it never
    repeats the value, which may have come out of the environment.
    """

    def __init__(self, code: Code, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code
