# do not pre-load
"""The user whom a job is signed in as: `current_user`, in docassemble's pages and in some of its functions."""

from __future__ import annotations

from typing import Any

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
