# do not pre-load
"""Programs that call the JSON API: docassemble's API keys."""

from __future__ import annotations

from typing import Any

from ..management.permissions import Caller
from .access import ROLES, signed_in
from .docassemble import api_verify, flask_app


class Callers:
    """The programs that have a key of docassemble."""

    @property
    def caller(self) -> Caller | None:
        """Whose key the present request has; None without a key of an administrator or developer."""
        from flask_login import current_user

        # a key with limited permissions passes the question for roles
        if not api_verify(ROLES) or current_user.limited_api:
            return None
        return signed_in()


def open_to_callers(blueprint: Any) -> None:
    """Add an API to docassemble; once, however often it is asked for.

    Requests need no token against forgery, because no cookie is enough for them.
    """
    app = flask_app()
    if blueprint.name in app.blueprints:
        return
    app.register_blueprint(blueprint)
    app.extensions["csrf"].exempt(blueprint)
