# do not pre-load
"""The keys of the `scheduler:` block.

To add one: a row here, and a field of its name in `Job`, `Settings` or `AlertPolicy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ..core.job import Missed, Overlap, RunOn
from ..core.settings import LogFormat
from ..core.texts.storable import MAX_EMAIL, MAX_NAME
from ..schedules.open_days import OnHoliday
from . import days
from .values import readers, receivers, times
from .values.hints import normalised
from .values.readers import Reader


class Group(Enum):
    """What a key is about. The value of a group that makes a schedule is the `type` it stands for."""

    INTERVAL = "interval"
    CRON = "cron"
    DATE = "date"
    APSCHEDULER = "apscheduler"
    AFTER_END = "after end"
    AT_START = "at start"
    #: has no keys
    MANUAL = "manual"
    #: `type` itself
    TYPE = "type"
    #: wrapped around the schedule, whatever its type
    BOUNDS = "bounds"
    #: the function that is called; not a field of its own
    FUNCTION = "function"
    #: where the rows are that are jobs; not a key of a job
    TABLE = "table"
    #: a field of the result
    FIELD = "field"


_TYPES = (
    Group.INTERVAL,
    Group.CRON,
    Group.DATE,
    Group.APSCHEDULER,
    Group.AFTER_END,
    Group.AT_START,
    Group.MANUAL,
)
TYPES = {group.value: group for group in _TYPES}
#: the groups that say when a job is due
SCHEDULE_GROUPS = (Group.TYPE, *TYPES.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key: how its value is read, and what becomes of it."""

    #: as `names.normalised` writes it
    name: str
    read: Reader
    group: Group = Group.FIELD
    aliases: tuple[str, ...] = ()
    #: the value may be a secret: no problem shows it
    secret: bool = False
    #: handed on to somebody's function: a variable that is not defined stays as it is written
    payload: bool = False
    #: compared with other names: what cannot be seen in it matters
    is_name: bool = False
    #: a mapping of keys of its own, read by a table of its own
    section: bool = False
    #: may be chosen, for jobs that they add, by people whom docassemble lets run no code; see `is_free`
    free: bool = False
    #: nothing, an empty text or list, or false is the same as not given, as in 0.2.x
    may_be_blank: bool = False
    #: how many characters of a text the database keeps; None = any number
    longest: int | None = None

    @property
    def field(self) -> str:
        """Name the field of the result."""
        return self.name.replace(" ", "_")

    @property
    def is_free(self) -> bool:
        """Whether everybody who may add jobs may choose it: what says when a job is due, and what is marked so."""
        return self.free or self.group in (*SCHEDULE_GROUPS, Group.BOUNDS)


def find(table: Mapping[str, Key], written: str) -> Key | None:
    """Return the key that is meant by a spelling of it; None when no row of the table knows it."""
    return table.get(written) or table.get(normalised(written))


def _table(*keys: Key) -> dict[str, Key]:
    return {name: key for key in keys for name in (key.name, *key.aliases)}


def _each(group: Group, reader: Reader, *names: str) -> tuple[Key, ...]:
    return tuple(Key(name=name, read=reader, group=group) for name in names)


CRON_FIELDS = ("month", "day", "weekday", "hour", "minute", "second")
INTERVAL_PARTS = ("weeks", "days", "hours", "minutes", "seconds")

_ZONE = Key(name="time zone", aliases=("timezone",), read=times.zone, group=Group.BOUNDS)
_HANDLER = Key(name="error handler", read=readers.dotted, is_name=True, may_be_blank=True)
_GRACE = Key(name="misfire grace time", read=times.duration_or_unlimited, free=True)

NOTIFY_KEYS = _table(
    Key(name="email", read=readers.emails, is_name=True, longest=MAX_EMAIL),
    Key(name="to", read=receivers.receivers, secret=True),
    Key(name="after", read=readers.failures),
    Key(name="every", read=times.duration),
    Key(name="on recovery", read=readers.boolean),
    Key(name="variables", read=readers.boolean),
)

#: what is different for one job
_notify = receivers.changes({name: (key.field, key.read) for name, key in NOTIFY_KEYS.items()})

JOB_KEYS = _table(
    Key(name="type", read=readers.choice(TYPES), group=Group.TYPE),
    *_each(Group.INTERVAL, readers.whole(0), *INTERVAL_PARTS),
    Key(name="every", read=times.positive_duration, group=Group.INTERVAL),
    *_each(Group.CRON, readers.cron_field, *CRON_FIELDS),
    Key(name="crontab", read=readers.texts, group=Group.CRON),
    Key(name="run at", read=times.moment, group=Group.DATE),
    Key(name="after end", read=times.positive_duration, group=Group.AFTER_END),
    Key(name="at start", read=readers.boolean, group=Group.AT_START, may_be_blank=True),
    Key(name="trigger", read=readers.text, group=Group.APSCHEDULER),
    Key(name="params", read=readers.mapping, group=Group.APSCHEDULER),
    _ZONE,
    Key(name="start", read=times.moment, group=Group.BOUNDS),
    Key(name="end", read=times.moment, group=Group.BOUNDS),
    Key(name="jitter", read=times.duration, group=Group.BOUNDS),
    Key(name="except", read=days.closed, group=Group.BOUNDS),
    Key(name="holidays", read=days.places, group=Group.BOUNDS),
    Key(name="on holiday", read=readers.one_of(OnHoliday), group=Group.BOUNDS),
    Key(name="function", read=readers.dotted, is_name=True, group=Group.FUNCTION),
    Key(name="args", read=readers.arguments, secret=True, payload=True, may_be_blank=True),
    Key(name="kwargs", read=readers.keyword_arguments, secret=True, payload=True, may_be_blank=True),
    Key(name="fixed arguments", read=readers.boolean, free=True),
    Key(name="contextmanager", read=readers.dotted, is_name=True, may_be_blank=True),
    _HANDLER,
    Key(name="enabled", read=readers.boolean, free=True),
    Key(name="only if", read=readers.dotted, is_name=True),
    Key(name="overlap", read=readers.one_of(Overlap), free=True),
    Key(name="lock", read=readers.text, is_name=True, longest=MAX_NAME, free=True),
    Key(name="missed", read=readers.one_of(Missed), free=True),
    _GRACE,
    Key(name="max runtime", read=times.positive_duration, free=True),
    Key(name="retries", read=readers.whole(0), free=True),
    Key(name="retry delay", read=times.duration, free=True),
    Key(name="resumable", read=readers.boolean, free=True),
    Key(name="on exit", read=readers.dotted, is_name=True),
    Key(name="run on", read=readers.one_of(RunOn), free=True),
    Key(name="servers", read=readers.tags, is_name=True, longest=MAX_NAME, free=True),
    Key(name="run as", read=readers.email, is_name=True, longest=MAX_EMAIL),
    Key(name="check in margin", read=times.duration, free=True),
    Key(name="monitor", read=readers.url, secret=True, is_name=True),
    Key(name="notify", read=_notify, secret=True),
    Key(name="description", read=readers.words, free=True),
    Key(name="tags", read=readers.tags, is_name=True, longest=MAX_NAME, free=True),
)

SETTING_KEYS = _table(
    Key(name="log level", read=readers.log_level, may_be_blank=True),
    Key(name="log format", read=readers.one_of(LogFormat)),
    Key(name="log handlers", read=readers.handlers, is_name=True, may_be_blank=True),
    Key(name="log sql", read=readers.boolean),
    _HANDLER,
    _ZONE,
    Key(name="concurrency", read=readers.whole(1)),
    _GRACE,
    Key(name="keep history", read=times.duration),
    Key(name="server tags", read=readers.tags, is_name=True, longest=MAX_NAME),
    Key(name="notify", read=receivers.block, section=True),
    Key(name="defaults", read=readers.mapping, section=True, may_be_blank=True),
    Key(name="dashboard", read=readers.boolean),
    Key(name="api", read=readers.boolean),
    Key(name="api functions", read=readers.functions, is_name=True),
    Key(name="jobs from", read=readers.mappings, group=Group.TABLE, section=True, may_be_blank=True),
)

#: of a block of `jobs from`: where its rows are, and any key that all its jobs have
TABLE_KEYS = JOB_KEYS | _table(
    Key(name="database", read=readers.text, group=Group.TABLE, secret=True),
    Key(name="table", read=readers.text, group=Group.TABLE, is_name=True),
    Key(name="query", read=readers.text, group=Group.TABLE),
    Key(name="columns", read=readers.mapping, group=Group.TABLE, section=True),
    Key(name="every", read=times.positive_duration, group=Group.TABLE),
)

#: what a column can give: the name of a job, or a key of it
COLUMN_KEYS = _table(
    Key(name="name", read=readers.text),
    *(Key(name=key.name, aliases=key.aliases, read=readers.text) for key in dict.fromkeys(JOB_KEYS.values())),
)
