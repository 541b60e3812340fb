# do not pre-load
"""docassemble itself: its configuration, its contexts and users, its mail, its log.

The only module that knows docassemble's names, which move between versions (1.4 to 1.9 on one side, 1.10 on the other).
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..core.errors import HostError
from ..execution.log.capture import uncaptured
from .context import BackgroundRequest, ThreadData, roll_back
from .users import SignedIn, UserLookup, current_info, present_user

if TYPE_CHECKING:
    from ..store.sql.engine import DatabaseUrl

#: our name among Flask's extensions
EXTENSION = "docassemble.Scheduler"


class Docassemble:
    """The docassemble that this process is part of."""

    def __init__(self) -> None:
        self._people = UserLookup()
        self._signed_in = SignedIn()
        self._thread_data = ThreadData()
        self._request = BackgroundRequest()

    @property
    def is_loaded(self) -> bool:
        """Whether docassemble's web application is part of this process, as in its web servers and Celery workers."""
        functions = sys.modules.get("docassemble.base.functions")
        return functions is not None and bool(functions.get_default_timezone())

    @property
    def is_celery_or_cron(self) -> bool:
        """Whether this process is a Celery worker or one of docassemble's cron scripts."""
        from docassemble.base import config

        return bool(config.in_celery or config.in_cron)

    @property
    def configuration(self) -> Mapping[str, Any]:
        """docassemble's configuration."""
        from docassemble.base.config import daconfig

        configuration: Mapping[str, Any] = daconfig
        return configuration

    @property
    def configuration_file(self) -> Path:
        """Where the configuration was read from."""
        return Path(str(self.configuration.get("config file", "/usr/share/docassemble/config/config.yml")))

    @property
    def log_directory(self) -> Path:
        """The folder that docassemble's Logs page shows."""
        return Path(str(self.configuration.get("log") or "/usr/share/docassemble/log"))

    @property
    def serves_api(self) -> bool:
        """Whether programs may call docassemble's API."""
        return bool(self.configuration.get("enable api", True))

    @property
    def time_zone(self) -> str:
        """IANA name of docassemble's default time zone."""
        from docassemble.base.util import get_default_timezone

        return str(get_default_timezone())

    @property
    def locale(self) -> str:
        """The site's own `locale`, such as `en_US.utf8`."""
        return str(self.configuration.get("locale") or "")

    @property
    def application_name(self) -> str:
        """What the site calls itself."""
        return str(self.configuration.get("appname") or "docassemble")

    @property
    def server_name(self) -> str:
        """The name of this server among those that share a database."""
        from docassemble.base.config import hostname

        return str(hostname)

    @property
    def external_url(self) -> str | None:
        """The address of the site, with a slash at the end; None when the configuration does not say it."""
        return _external_url(self.configuration)

    @property
    def error_recipients(self) -> Sequence[str]:
        """Who gets mails about errors: the directive `error notification email`."""
        recipients = self.configuration.get("error notification email") or []
        return [recipients] if isinstance(recipients, str) else [str(recipient) for recipient in recipients]

    @property
    def database(self) -> DatabaseUrl:
        """docassemble's own SQL database, whatever its directive `db` says."""
        from docassemble.webapp import database

        from ..store.sql.engine import DatabaseUrl  # SQLAlchemy comes with it: not for whoever only logs

        return DatabaseUrl(
            url=str(database.alchemy_connection_string()),
            connect_args=dict(database.connect_args() or {}),
            prefix=str(database.dbtableprefix or ""),
        )

    @property
    def celery_app(self) -> Any:
        """docassemble's Celery application."""
        return _first(
            ("docassemble.webapp.tasks.app", "celery_app"), ("docassemble.webapp.worker_common", "workerapp")
        )

    def celery_imports(self, module: str) -> bool:
        """Return whether docassemble's Celery workers import a module at their start: ours, or of our package.

        From 1.10.2 on they import what is to be pre-loaded; before, what the directive `celery modules` names.
        """
        from docassemble.webapp import __version__

        numbers = tuple(int(part) for part in str(__version__).split(".")[:3] if part.isdigit())
        return numbers >= (1, 10, 2) or module in (self.configuration.get("celery modules") or [])

    def load_in_celery_process(self) -> None:
        """Load docassemble in a process of a Celery worker, as its own tasks do; 1.10 has done it at its start."""
        controller = getattr(
            importlib.import_module("docassemble.webapp.worker_common"), "worker_controller", None
        )
        if controller is not None:
            controller.initialize()

    def forget_connections(self) -> None:
        """Leave the connections to the database that a fork has copied to the process that opened them."""
        app = flask_app()
        with app.app_context():
            for engine in app.extensions["sqlalchemy"].engines.values():
                engine.dispose(close=False)

    @property
    def present_user(self) -> str | None:
        """The e-mail address of the user whose request, interview or task this is; None when there is none."""
        return present_user()

    @property
    def scheduler(self) -> Any:
        """What `remember_scheduler` was told in this process or the one that forked it; else None."""
        return flask_app().extensions.get(EXTENSION)

    def remember_scheduler(self, scheduler: object) -> None:
        """Keep the scheduler of this process where the pages of docassemble find it, as Flask's extensions do."""
        flask_app().extensions[EXTENSION] = scheduler

    def say(self, message: str) -> None:
        """Write a line to docassemble.log (in Celery and cron: to their standard error)."""
        from docassemble.base.logger import logmessage

        with uncaptured():
            logmessage(message)

    @property
    def has_log_server(self) -> bool:
        """Whether the Logs page shows the files of another machine, where ours never arrive."""
        return bool(self.configuration.get("log server"))

    def show_problems(self, texts: Iterable[str]) -> None:
        """Show lines on docassemble's Configuration page."""
        from docassemble.base.config import errors

        errors.extend(texts)

    def mail(self, subject: str, text: str, recipients: Sequence[str]) -> None:
        """Send a plain mail through docassemble's default mail configuration; raises what the mail server raises."""
        message_class = _first(
            ("docassemble.webapp.mail.da_flask_mail", "Message"),
            ("docassemble.webapp.da_flask_mail", "Message"),
        )
        send = _first(("docassemble.base.hooks", "send_mail"), ("docassemble.webapp.backend", "da_send_mail"))
        with flask_app().app_context():
            send(message_class(subject, recipients=list(recipients), body=text), config="default")

    @cached_property
    def _app(self) -> Any:
        return flask_app()

    @cached_property
    def _url_root(self) -> str:
        """The address that jobs' requests seem to have come to."""
        site = self.configuration.get("url root") or "http://localhost"
        return str(site) + (self.configuration.get("root") or "/")

    @contextmanager
    def context(self, user: str | None) -> Iterator[None]:
        """Enter the context that docassemble's background tasks have, as `user` (an e-mail; None = the cron user).

        docassemble's own `bg_context()` must not be used in uWSGI: in 1.9 it makes the data of all threads one.
        Nothing of the context outlives it in this thread; an open transaction is rolled back.
        Raises HostError when there is no such user.
        """
        app, root = self._app, self._url_root
        with (
            app.app_context() as context,
            self._request.context(app, root, "/interview"),
            self._thread_data.fresh() as this_thread,
        ):
            session = app.extensions["sqlalchemy"].session
            try:
                found = self._people.find(session, user)
                self._signed_in.sign_in(context.g, session, found.person)
                this_thread.current_info = current_info(found, root + "interview", root)
                yield
            finally:
                roll_back(session)


class LogServerHandler(logging.Handler):
    """Sends records to docassemble's log as well: where there is a log server, the Logs page shows only that."""

    def __init__(self, host: Docassemble) -> None:
        super().__init__()
        self._host = host

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record to docassemble's log."""
        self._host.say(f"scheduler: {self.format(record)}")


def _external_url(configuration: Mapping[str, Any]) -> str | None:
    """Return `url root` with `root`, or what can be told from `external hostname`."""
    site = configuration.get("url root")
    if not site and (name := configuration.get("external hostname")):
        is_https = configuration.get("use https") or configuration.get("behind https load balancer")
        site = f"{'https' if is_https else 'http'}://{name}"
    root = str(configuration.get("root") or "/").strip("/")
    address = f"{str(site or '').strip().rstrip('/')}/{root}{'/' if root else ''}"
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    is_good = (
        parts.scheme in {"http", "https"} and parts.hostname and address.isprintable() and " " not in address
    )
    return address if is_good else None


def _first(*names: tuple[str, str]) -> Any:
    """Return the first of `(module, attribute)` that this version of docassemble has."""
    for module, attribute in names:
        try:
            return getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError):
            continue
    raise HostError(
        f"this version of docassemble has none of {names}", hint="see docs: support a new docassemble"
    )


def flask_app() -> Any:
    """Return docassemble's Flask application."""
    return _first(("docassemble.webapp.app_object", "flaskapp"), ("docassemble.webapp.app_object", "app"))


def api_verify(roles: Iterable[str]) -> bool:
    """Return whether the present request has a key of a user with one of these roles, and sign that user in."""
    verify = _first(
        ("docassemble.webapp.api.helpers", "api_verify"), ("docassemble.webapp.server", "api_verify")
    )
    return bool(verify(roles=list(roles)))
