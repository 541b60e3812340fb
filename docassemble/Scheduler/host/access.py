# do not pre-load
"""Who uses our pages and API, and how they find them: docassemble's roles, API keys, time zones and menu."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from ..management.permissions import Caller, Switch
from .docassemble import Docassemble, api_verify, flask_app

#: the privileges with which one may see everything of the scheduler
ROLES = ("admin", "developer")

View = TypeVar("View", bound=Callable[..., Any])


class StaffAccess:
    """The people who use docassemble with a browser."""

    def __init__(self, host: Docassemble) -> None:
        self._host = host

    def staff_only(self, view: View) -> View:
        """Let administrators and developers in; anybody else gets what docassemble's own pages give."""
        from docassemble_flask_user import login_required, roles_required

        guarded: View = login_required(roles_required(list(ROLES))(_in_their_language(view)))
        return guarded

    def word(self, text: str) -> str:
        """Return a text in the visitor's language, as docassemble's `words` have it."""
        from docassemble.base.functions import word

        return str(word(text))

    @property
    def caller(self) -> Caller:
        """Who it is, and what docassemble lets them do."""
        return signed_in()

    @property
    def user(self) -> int | None:
        """The number of the user, after which their Playground is named."""
        from flask_login import current_user

        number = getattr(current_user, "id", None)
        return number if isinstance(number, int) else None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the visitor's profile, or docassemble's."""
        from flask_login import current_user

        name = getattr(current_user, "timezone", None) or self._host.time_zone
        try:
            return ZoneInfo(name)
        except (ValueError, LookupError, OSError):  # docassemble takes any text in a profile
            return ZoneInfo(self._host.time_zone)

    @property
    def locale(self) -> str:
        """The language of the visitor; with the site's region where it is the language of the site."""
        from docassemble.base.functions import get_language

        language, of_site = str(get_language()), self._host.locale
        return of_site if of_site.partition("_")[0] == language else language


def _in_their_language(view: View) -> View:
    """Choose the language of the visitor for a view, as docassemble's own pages do."""
    from docassemble.webapp.translations import setup_translation

    @wraps(view)
    def translated(*args: Any, **kwargs: Any) -> Any:
        setup_translation()
        return view(*args, **kwargs)

    return cast(View, translated)


def signed_in() -> Caller:
    """Return the user of the present request."""
    from flask import current_app
    from flask_login import current_user

    return Caller(
        name=str(current_user.email or current_user.social_id),
        privileges=frozenset(role.name for role in current_user.roles),
        # docassemble asks these for each request; one that it does not have is off
        switches=frozenset(
            each for each in Switch if current_app.config.get(each.value.upper().replace(" ", "_"))
        ),
    )


def key_owner() -> Caller | None:
    """Return whose key of docassemble the present request has; None without one of an administrator or developer."""
    from flask_login import current_user

    # a key with limited permissions passes the question for roles
    if not api_verify(ROLES) or current_user.limited_api:
        return None
    return signed_in()


def add_api(blueprint: Any) -> None:
    """Add an API to docassemble; once, however often it is asked for.

    Requests need no token against forgery, because no cookie is enough for them.
    """
    app = flask_app()
    if blueprint.name in app.blueprints:
        return
    app.register_blueprint(blueprint)
    app.extensions["csrf"].exempt(blueprint)


def add_pages(blueprint: Any, title: str, path: str) -> None:
    """Add pages to docassemble, and a link to them to its menu; once, however often it is asked for."""
    app = flask_app()
    if blueprint.name in app.blueprints:
        return
    app.register_blueprint(blueprint)
    app.config.setdefault("ADMIN_INTERVIEWS", []).append(MenuLink(title, path))


class MenuLink:
    """An item of docassemble's menu, for those who may follow it; looks like those that docassemble makes."""

    def __init__(self, title: str, path: str) -> None:
        self._title = title
        self._path = path

    def is_not(self, _interview: object) -> bool:
        """Answer whether this is something else than an interview."""
        return True

    def can_use(self) -> bool:
        """Answer whether the present user may follow it."""
        from flask_login import current_user

        return bool(current_user.is_authenticated and current_user.has_roles(list(ROLES)))

    def get_title(self, language: str) -> str:
        """Return the text of the link."""
        from docassemble.base.functions import word

        return str(word(self._title, language=language))

    def get_url(self) -> str:
        """Return where it leads; docassemble may not be at the root of the site."""
        from flask import request

        return f"{request.script_root}{self._path}"
