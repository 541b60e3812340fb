# do not pre-load
"""An action that is to run in a session of an interview: the values that are kept of it until it is due."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import blake2b
from typing import Any, Final

from .errors import RunSkipped

#: what the names of the jobs begin with that actions become; no other job has such a name
PREFIX: Final = "in session "
#: what all of them are in the counters
COUNTED_AS: Final = "actions in sessions"
#: the function of these jobs
FUNCTION: Final = "docassemble.Scheduler.host.sessions.run"
#: so long before it is due, an action becomes a job that every process knows: each looks several times in between
AHEAD: Final = timedelta(minutes=1)
#: an action that could not be run for longer than this is missed
GRACE: Final = timedelta(days=1)
#: what one session may have waiting
MAX_ACTIONS: Final = 100
#: characters of an id, of the name of an action, and of its arguments as JSON
MAX_ID, MAX_ARGUMENTS = 100, 10_000


class NotRun(Enum):
    """Why an action is not run when it is due; the value is recorded."""

    GONE = "the session is no more: it was deleted, or has ended with `exit`"
    ENCRYPTED = "the session is encrypted: its interview has not set `multi_user` to True"
    BEGUN_ANEW = "the session was begun anew after the action was scheduled"
    NO_INTERVIEW = "the interview is no more"
    NO_ACTION = "the interview has no block any more that defines the action"
    NO_USER = "the user who scheduled the action was deleted"
    INACTIVE_USER = "the account of the user who scheduled the action is not active"

    @property
    def exception(self) -> RunSkipped:
        """What ends the run."""
        return RunSkipped(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A session of an interview. Whoever knows it can open the session, so it is in no name and no log."""

    interview: str
    session: str

    @property
    def key(self) -> str:
        """What is the same for no other session, and tells nothing of this one: 32 hexadecimal digits."""
        return blake2b(json.dumps([self.interview, self.session]).encode(), digest_size=16).hexdigest()

    def job(self, id_: str) -> str:
        """Return the name of the job that the action with this id becomes."""
        return f"{PREFIX}{self.key[:16]}: {id_}"


def is_session_action(job: str) -> bool:
    """Return whether a job of that name is an action in a session."""
    return job.startswith(PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAction:
    """An action that is to run in a session, as the user who was there when it was scheduled."""

    interview: str
    session: str
    #: unique within the session
    id: str
    action: str
    arguments: Mapping[str, Any]
    #: docassemble's number of the user; of somebody who is not signed in, `t` and a number
    user: str
    #: when the session was begun, as docassemble says; another time means that it was started anew
    begun: str
    #: the first due time
    first: datetime
    #: it is due again after so many seconds; None = once
    every: float | None
    #: the IANA name of the zone whose clocks keep the hour of what is due every so many days
    time_zone: str

    @property
    def place(self) -> Place:
        """Where it runs."""
        return Place(interview=self.interview, session=self.session)

    @property
    def job(self) -> str:
        """The name of the job that it becomes."""
        return self.place.job(self.id)

    def definition(self, due: datetime) -> dict[str, Any]:
        """Return the job that it becomes for one due time, with the keys of the configuration."""
        names = ("interview", "session", "id", "action", "user", "begun")
        return {
            "function": FUNCTION,
            "kwargs": {
                **{name: getattr(self, name) for name in names},
                "arguments": dict(self.arguments),
            },
            "fixed arguments": True,
            "run at": due.isoformat(),
            "time zone": self.time_zone,
            "misfire grace time": GRACE.total_seconds(),
            "description": f"{self.action} in a session of {self.interview}",
            # those of `defaults` would let it be lost without a word, or late
            "except": [],
            "holidays": [],
            "jitter": 0,
        }

    def packed(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self) | {"first": self.first.isoformat()})

    @classmethod
    def unpacked(cls, text: str) -> SessionAction:
        """Return what was packed."""
        kept = json.loads(text)
        return cls(**{**kept, "first": datetime.fromisoformat(kept["first"])})
