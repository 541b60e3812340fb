# do not pre-load
"""docassemble's users: who a job is, to docassemble's functions."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.errors import HostError

#: what identifies the "session" of a job to docassemble, in place of a browser's
DEVICE = "scheduler"
#: how long what was read of a user is used (seconds): asking for each run would cost more than the run
FRESH = 60.0


@dataclass(frozen=True, slots=True)
class FoundUser:
    """A user of docassemble, as the database had it; to be read only."""

    #: docassemble's object; it belongs to no session
    person: Any
    #: what `current_info` says of the user, but for the roles
    fields: Mapping[str, Any]
    roles: tuple[str, ...]


class UserLookup:
    """Finds users, and remembers them for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: by e-mail, with when it was read, on the clock that nobody sets
        self._known: dict[str | None, tuple[float, FoundUser]] = {}

    def find(self, session: Any, email: str | None) -> FoundUser:
        """Return a user by e-mail; None = the cron user. Inactive ones count: the cron user is one.

        What is returned may be a minute old. Raises HostError when there is no such user.
        """
        with self._lock:
            known = self._known.get(email)
        if known is not None and time.monotonic() - known[0] <= FRESH:
            return known[1]
        person = _read(session, email)
        found = FoundUser(person, _fields(person), tuple(role.name for role in person.roles))
        session.expunge_all()  # its privileges too, or the end of this session would make them unknown
        with self._lock:
            self._known[email] = (time.monotonic(), found)
        return found


def _read(session: Any, email: str | None) -> Any:
    from docassemble.webapp.users.models import UserModel
    from sqlalchemy import func, select
    from sqlalchemy.orm import joinedload

    query = select(UserModel).options(joinedload(UserModel.roles)).order_by(UserModel.id).limit(1)
    if email is None:
        query = query.where(UserModel.roles.any(name="cron"))
    else:
        query = query.where(func.lower(UserModel.email) == email.lower())
    person = _first_of(session, query)
    if person is None:
        who = "user with the role 'cron'" if email is None else f"user {email!r}"
        raise HostError(f"docassemble has no {who}", hint="see docassemble's User List page")
    return person


def _first_of(session: Any, query: Any) -> Any:
    """Return the first thing a query finds, with a new connection if the database has been away since the last."""
    from sqlalchemy.exc import DBAPIError

    try:
        return session.execute(query).unique().scalars().first()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        session.rollback()
        return session.execute(query).unique().scalars().first()


#: attribute of docassemble's user -> its name in `current_info`
_USER_FIELDS = {
    "email": "email",
    "id": "theid",
    "first_name": "firstname",
    "last_name": "lastname",
    "nickname": "nickname",
    "country": "country",
    "subdivisionfirst": "subdivisionfirst",
    "subdivisionsecond": "subdivisionsecond",
    "subdivisionthird": "subdivisionthird",
    "organization": "organization",
}


def _fields(person: Any) -> Mapping[str, Any]:
    return {name: getattr(person, attribute) for attribute, name in _USER_FIELDS.items()} | {
        "is_anonymous": False,
        "is_authenticated": True,
        "the_user_id": person.id,
        "location": None,
        "session_uid": DEVICE,
        "device_id": DEVICE,
    }


def current_info(user: FoundUser, url: str, url_root: str) -> dict[str, Any]:
    """Build what docassemble's functions read the user's identity and privileges from."""
    return {
        "user": {**user.fields, "roles": [*user.roles]},
        "session": None,
        "secret": None,
        "yaml_filename": None,
        "url": url,
        "url_root": url_root,
        "encrypted": False,
        "action": None,
        "interface": "worker",
        "arguments": {},
    }


def present_user() -> str | None:
    """Return the e-mail address of the user whose request, interview or task this is; None when there is none."""
    functions = importlib.import_module("docassemble.base.functions")
    try:
        user = functions.this_thread.current_info["user"]
    except (AttributeError, KeyError, TypeError, RuntimeError):  # each version lacks something else
        return None
    return str(user["email"]) if user.get("is_authenticated") and user.get("email") else None


#: where Flask-Login keeps the user of a request, in Flask's `g`
USER = "_login_user"
#: where we keep, in `g`, what that user is made of
LATER = "_scheduler_user"


class SignedIn:
    """Signs users in, each into the context of one job; used by all threads of a process.

    Most jobs never ask for `current_user`, and to take a user into the session of the job costs a tenth of a run.
    So that is done when it is asked for.
    """

    def __init__(self) -> None:
        #: a class of `g` that knows the user; None until the first job
        self._globals: type[Any] | None = None

    def sign_in(self, g: Any, session: Any, person: Any) -> None:
        """Let `person`, who belongs to no session, be the user of the application context that has this `g`."""
        if self._globals is None:
            self._globals = _knowing_user(type(g))
        object.__setattr__(g, "__class__", self._globals)  # its own takes any name for a variable
        setattr(g, LATER, (session, person))


def _knowing_user(base: type[Any]) -> type[Any]:
    class Globals(base):  # type: ignore[misc]
        """Flask's `g`, with a user that is taken into a session when it is asked for."""

        def __contains__(self, name: str) -> bool:
            return name == USER or base.__contains__(self, name)

        def __getattr__(self, name: str) -> Any:
            if name != USER:
                return base.__getattr__(self, name)
            session, person = getattr(self, LATER)
            setattr(self, USER, session.merge(person, load=False))
            return getattr(self, USER)

    return Globals
