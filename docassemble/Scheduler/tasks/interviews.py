# do not pre-load
"""Work with sessions of interviews: the jobs `interviews.run_action` and `interviews.start`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import Enum
from secrets import token_hex
from typing import Any

from docassemble.Scheduler.core.errors import SchedulerError
from docassemble.Scheduler.core.texts.error_text import message_of, summary
from docassemble.Scheduler.scheduler_logger import log
from docassemble.Scheduler.tasks.arguments import InvalidArgument, read_mapping, read_seconds, read_text
from docassemble.Scheduler.tasks.interruption import stop_if_asked

#: how many sessions that failed an error names; the log has all of them
NAMED = 10
#: what sessions can be chosen by
FILTERS = ("tag", "modified within", "idle for")


class InterviewError(SchedulerError):
    """An interview that cannot be used, or sessions in which an action failed."""


def run_action(
    interview: str,
    action: str,
    sessions: str | Iterable[str] | Mapping[str, Any] = "all",
    arguments: Mapping[str, Any] | None = None,
) -> str:
    """Run an action in sessions of an interview, as the job's user; return in how many.

    `sessions` is `all`, session IDs, or a mapping with one or more of `tag`, `modified within` and `idle for`. Other
    than for session IDs, the job's user must be allowed to list the sessions of others. Sessions that are encrypted
    are skipped. A session in which the action fails does not stop the others, but fails the run in the end.
    """
    choice, given = read_choice(sessions), dict(read_mapping(arguments, "arguments"))
    _check_action(_load(interview), interview, action)
    chosen = _listed(interview, choice) if choice.ids is None else choice.ids
    counts = SessionCounts(insists=choice.ids is not None)
    for session in chosen:
        stop_if_asked()
        counts.add(session, _attempt(interview, session, action, given))
    stop_if_asked()  # docassemble takes what was raised in the last session for a failure of the session
    if counts.failed:
        raise InterviewError(f"{action} failed in {counts}")
    return f"{action} ran in {counts}"


def start(interview: str, variables: Mapping[str, Any] | None = None) -> str:
    """Start a session of an interview, as the job's user, and set variables in it; return its link.

    Everybody who has the link can open the session. So it must not be encrypted: the interview, or `variables`,
    must set `multi_user` to true.
    """
    from docassemble.base.util import create_session, interview_url, set_session_variables

    given = dict(read_mapping(variables, "variables"))
    if "multi_user" not in given and "multi_user" not in _load(interview).questions:
        raise InterviewError(_encrypted(interview))
    secret = token_hex(
        8
    )  # of 16 characters, as docassemble wants it; not needed any more when `multi_user` is set
    session = str(create_session(interview, secret=secret))
    if given:
        set_session_variables(interview, session, given, secret=secret, overwrite=True)
    if _access(interview, session) is not Access.OPEN:
        raise InterviewError(_encrypted(interview))
    return str(interview_url(i=interview, session=session))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Certain sessions, or all that have what is asked for; None asks for nothing."""

    ids: tuple[str, ...] | None = None
    tag: str | None = None
    #: changed no longer ago than this
    modified_within: timedelta | None = None
    #: not changed for as long as this
    idle_for: timedelta | None = None

    def query(self) -> Any:
        """Return what `interview_list()` is to be asked for; None for everything."""
        from docassemble.base.util import DA

        now = datetime.now(timezone.utc).replace(tzinfo=None)  # docassemble keeps UTC without a zone
        conditions = []
        if self.modified_within is not None:
            conditions.append(DA.Sessions.modtime >= now - self.modified_within)
        if self.idle_for is not None:
            conditions.append(DA.Sessions.modtime <= now - self.idle_for)
        return DA.And(*conditions) if conditions else None

    def has_tag(self, tags: Collection[str]) -> bool:
        """Return whether a session with these tags is meant."""
        return self.tag is None or self.tag in tags


def read_choice(sessions: object) -> Choice:
    """Read `all`, session IDs, or a mapping of filters."""
    if isinstance(sessions, Mapping):
        return _filtered(sessions)
    if isinstance(sessions, str):
        return Choice() if sessions.lower() == "all" else Choice(ids=(read_text(sessions, "sessions"),))
    if not isinstance(sessions, list | tuple) or not all(isinstance(each, str) and each for each in sessions):
        raise InvalidArgument("`sessions` must be `all`, a list of session IDs, or a mapping of filters")
    return Choice(ids=tuple(dict.fromkeys(sessions)))


def _filtered(sessions: Mapping[Any, Any]) -> Choice:
    given = {str(name).lower().replace("_", " ").replace("-", " "): value for name, value in sessions.items()}
    unknown = sorted(given.keys() - set(FILTERS))
    if unknown or not given:
        raise InvalidArgument(f"`sessions` has {unknown or 'no filter'}: filters are {', '.join(FILTERS)}")
    lasting: dict[str, Any] = {
        name.replace(" ", "_"): timedelta(seconds=read_seconds(given[name], name))
        for name in FILTERS[1:]
        if name in given
    }
    return Choice(tag=read_text(given["tag"], "tag") if "tag" in given else None, **lasting)


def _encrypted(interview: str) -> str:
    return (
        f"sessions of {interview} are encrypted, so nobody could open the one that is started: "
        "let the interview set `multi_user` to True at its beginning, or put it into `variables`"
    )


class Access(Enum):
    """Whether a job can work with a session."""

    OPEN = "open"
    ENCRYPTED = "encrypted"
    GONE = "there is no such session"


@dataclass(slots=True, kw_only=True)
class SessionCounts:
    """What became of the sessions."""

    #: a session that is gone is a failure
    insists: bool
    ran: int = 0
    encrypted: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, session: str, outcome: Access | Exception) -> None:
        """Count a session."""
        if outcome is Access.OPEN:
            self.ran += 1
        elif outcome is Access.ENCRYPTED:
            self.encrypted += 1
        elif isinstance(outcome, Exception) or self.insists:
            reason = outcome.value if isinstance(outcome, Access) else message_of(outcome)
            log(f"Session {session}: {reason}", "error")
            self.failed[session] = reason

    def __str__(self) -> str:
        skipped = f" (skipped {self.encrypted} that cannot be opened: encrypted)" if self.encrypted else ""
        if not self.failed:
            return f"{self.ran} session{'s' * (self.ran != 1)}{skipped}"
        named = [f"{session} ({reason:.200})" for session, reason in list(self.failed.items())[:NAMED]]
        more = f", and {len(self.failed) - NAMED} more" if len(self.failed) > NAMED else ""
        total = self.ran + len(self.failed)
        return f"{len(self.failed)} of {total} session{'s' * (total != 1)}{skipped}: {', '.join(named)}{more}"


def _load(interview: str) -> Any:
    from docassemble.base.interview_cache import get_interview

    read_text(interview, "interview")
    try:
        return get_interview(interview)
    except Exception as error:
        raise InterviewError(f"the interview {interview} cannot be loaded: {summary(error)}") from error


def _check_action(loaded: Any, interview: str, action: str) -> None:
    """Raise InterviewError for an action that no block defines: docassemble would do nothing, and say nothing."""
    plain = read_text(action, "action").isidentifier() and not action.startswith("_")
    if plain and action not in loaded.questions:
        raise InterviewError(f"the interview {interview} has no block that defines the action {action}")


def _listed(interview: str, choice: Choice) -> list[str]:
    """Return the sessions that are chosen, all of them before the first is touched: that would change the order."""
    from docassemble.base.error import DAException
    from docassemble.base.util import interview_list

    found: dict[str, None] = {}  # in the order of the list; a session of several users is in it several times
    page = None
    try:
        while True:
            stop_if_asked()
            infos, page = interview_list(
                filename=interview,
                user_id="all",
                include_dict=choice.tag is not None,
                query=choice.query(),
                next_id=page,
            )
            found |= {str(info["session"]): None for info in infos if choice.has_tag(info["tags"])}
            if page is None:
                return list(found)
    except DAException as error:
        raise InterviewError(
            f"the sessions of {interview} cannot be listed: {error}. "
            "Let `run as` name a user with the privilege `admin`, or give the IDs of the sessions"
        ) from error
    finally:
        _roll_back()


def _attempt(interview: str, session: str, action: str, arguments: dict[str, Any]) -> Access | Exception:
    """Run the action in one session; return what became of it, so that the others get their turn."""
    from docassemble.base.util import run_action_in_session

    try:
        access = _access(interview, session)
        if access is Access.OPEN:
            # over the last step, like docassemble's own scheduled tasks: no step that the user would go back to
            run_action_in_session(interview, session, action, arguments=dict(arguments), overwrite=True)
    except Exception as error:  # noqa: BLE001 - whatever an interview raises
        return error
    finally:
        _roll_back()
    return access


def _access(interview: str, session: str) -> Access:
    """Return whether a session can be read without the password of its user; it is not locked for that."""
    from docassemble.base.error import DAException
    from docassemble.base.util import get_session_variables

    try:
        get_session_variables(interview, session, simplify=False)
    except DAException as error:
        # there is no other way to tell them apart
        if "decrypt" in str(error):
            return Access.ENCRYPTED
        if "obtain" in str(error):
            return Access.GONE
        raise
    return Access.OPEN


def _roll_back() -> None:
    """Leave nothing of one session to the next: docassemble has committed what it has saved."""
    from flask import current_app

    current_app.extensions["sqlalchemy"].session.rollback()
