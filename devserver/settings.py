"""docassemble's configuration file: the devserver's own settings with the user's merged over them."""

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ADMIN_EMAIL = "admin@example.com"
#: Not docassemble's default, which it insists on having changed first.
ADMIN_PASSWORD = "devserver"  # noqa: S105 - printed at start; the site listens on this machine only
API_KEY = "devserverdevserverdevserver00001"
SECRET_KEY = "devserverdevserverdevserver00002"  # noqa: S105

Config = Mapping[str, Any]

#: For the making of the tables alone: once they exist, docassemble warns of it at each start and command.
FIRST_ACCOUNT: Config = {
    "default admin account": {
        "nickname": "admin",
        "email": ADMIN_EMAIL,
        "password": ADMIN_PASSWORD,
        "api key": API_KEY,
    }
}


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where a server's things are; but for ``log``, ``wsgi`` and ``port`` they are those of the site."""

    venv: Path
    files: Path
    home: Path
    log: Path
    wsgi: Path
    port: int
    #: the SQL database, as in docassemble's configuration
    db: Config
    redis_url: str


def own(places: Places) -> dict[str, Any]:
    """What docassemble must know to live in a folder, without nginx, supervisor and mail server."""
    return {
        "debug": True,
        "allow demo": True,
        "enable playground": True,
        "allow log viewing": True,
        "allow updates": True,
        "allow configuration editing": True,
        "root owned": False,
        "secretkey": SECRET_KEY,
        "db": {**places.db, "table prefix": None},
        "redis": places.redis_url,
        "rabbitmq": places.redis_url,
        "celery processes": 2,
        "mail": {
            "default sender": '"Administrator" <no-reply@example.com>',
            "server": "127.0.0.1",
            "port": 25,
        },
        "url root": f"http://127.0.0.1:{places.port}",
        "external hostname": f"127.0.0.1:{places.port}",
        "behind https load balancer": False,
        "use https": False,
        "language": "en",
        "locale": "en_US.utf8",
        "timezone": "America/New_York",
        "packages": str(places.venv),
        "modules": str(places.venv),
        "webapp": str(places.wsgi),
        "uploads": str(places.files),
        "log": str(places.log),
        "pypirc path": str(places.home / ".pypirc"),
        "ready file": str(places.home / "ready"),
        "version file": str(places.home / "VERSION"),
        "web server certificate directory": str(places.home / "certs"),
        "flask log": str(places.log / "flask.log"),
        "celery flask log": str(places.log / "celery-flask.log"),
        "libreoffice macro file": str(places.home / "Module1.xba"),
        "restrict input variables": True,
        "enable api": True,
        "enable daglobal": True,
        "enable json storage": True,
        "enable monitor": True,
        "enable object storage": True,
        "ip address ban enabled": False,
        "password complexity": {"length": 6, "lowercase": 0, "uppercase": 0, "digits": 0, "punctuation": 0},
    }


def merged(base: Config, over: Config) -> dict[str, Any]:
    """``over`` on top of ``base``: mappings are merged key by key, anything else replaces."""
    result = copy.deepcopy(dict(base))
    for key, value in over.items():
        below = result.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        result[key] = merged(below, value) if both else copy.deepcopy(value)  # type: ignore[arg-type]
    return result


def text_of(config: Config) -> str:
    """A mapping as YAML, one line for each key. Dates become text."""
    dumps = json.JSONEncoder(ensure_ascii=False, default=str).encode
    return "".join(f"{dumps(str(key))}: {dumps(value)}\n" for key, value in config.items())


def compose(base: Config, over: Config, over_text: str | None = None) -> str:
    """The text of config.yml.

    ``over_text``, the file that ``over`` was read from, is kept letter by letter where it can be: a doubled
    key, or what YAML makes of an unquoted value, must reach docassemble as it was written.
    """
    if over_text is None or not _is_plain(over, over_text):
        return text_of(merged(base, over))
    shared = [key for key, value in over.items() if key in base and isinstance(value, Mapping)]
    mine = {key: value for key, value in merged(base, over).items() if key not in over or key in shared}
    for key in shared:
        over_text = _section(key).sub("", over_text)
    return f"{text_of(mine)}{over_text}"


def _section(key: str) -> re.Pattern[str]:
    """A key in the first column, with all that belongs to it."""
    name = re.escape(key)
    own_line = rf"^(?:{name}|'{name}'|\"{name}\")[ \t]*:(?=[ \t\n]|\Z).*(?:\n|\Z)"
    # Comments and list items in the first column, indented lines and empty ones do not start another key.
    return re.compile(own_line + r"(?:[ \t#-].*(?:\n|\Z)|\n)*", re.MULTILINE)


def _is_plain(over: Config, text: str) -> bool:
    """Whether every key of the file starts a line of its own, in the first column."""
    return not re.search(r"^(---|\.\.\.|%)", text, re.MULTILINE) and all(
        _section(key).search(text) for key in over
    )
