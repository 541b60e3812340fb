# do not pre-load
"""Receivers: who is told of failures, as `notify` names them: e-mail addresses and webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ...core.alerts import Receiver, Webhook, WebhookKind
from ...core.texts.excerpt import excerpt
from ...core.texts.storable import MAX_EMAIL
from ..codes import Code, InvalidValue
from .hints import did_you_mean, hint_for, normalised, text_of
from .readers import Reader, email, url

#: a webhook whose kind is that of its host, else JSON
BY_HOST = "webhook"
EMAIL = "email"
_KINDS = {kind.value: kind for kind in WebhookKind}
#: hosts that are known, and those below them
_HOSTS = {
    "hooks.slack.com": WebhookKind.SLACK,
    "hooks.slack-gov.com": WebhookKind.SLACK,
    "discord.com": WebhookKind.DISCORD,
    "discordapp.com": WebhookKind.DISCORD,
    # workflows of Power Automate, the older addresses and the newer ones
    "logic.azure.com": WebhookKind.TEAMS,
    "api.powerplatform.com": WebhookKind.TEAMS,
    "webhook.office.com": WebhookKind.TEAMS,
}
MAX_RECEIVERS = 50
MAX_ADDRESS = 2_000
_WANTED = "Write `name@example.com`, `https://...`, or `slack: https://...`: " + ", ".join(
    f"`{each}`" for each in (*_KINDS, BY_HOST)
)
_WANTED_HERE = f"{_WANTED}. `notify: false` below a job: nobody is told of it."


def block(value: object) -> Mapping[Any, Any]:
    """Take a mapping; a text, a list, and the kinds of webhooks in a mapping become its key `to`."""
    if isinstance(value, str | list | tuple):
        return {"to": value}
    if not isinstance(value, Mapping):
        raise InvalidValue(Code.WRONG_TYPE, "names nobody who could be told", hint=_hint_to_name(value))
    named = [{key: each} for key, each in value.items() if _is_kind(key, each)]
    if not named:
        return value
    others = {key: each for key, each in value.items() if not _is_kind(key, each)}
    to = next((key for key in others if _word(key) == "to"), "to")
    return {**others, to: [*_list(others.get(to)), *named]}


def changes(table: Mapping[str, tuple[str, Reader]]) -> Reader:
    """Make a reader of what a job's own `notify` says otherwise; `table` has a field and a reader for each key.

    `false` says that nobody is told anything of it.
    """

    def read(value: object) -> dict[str, Any]:
        if _is_no(value):
            return {"muted": True}
        fields = {}
        for written, each in block(value).items():
            if _word(written) not in table:
                hint = did_you_mean(_word(written), table)
                raise InvalidValue(
                    Code.UNKNOWN_KEY, f"has a key `{excerpt(written)}`, which has no meaning here", hint=hint
                )
            field, reader = table[_word(written)]
            try:
                fields[field] = reader(each)
            except InvalidValue as error:
                raise InvalidValue(
                    error.code, f"cannot be used: `{_word(written)}` {error}", hint=error.hint
                ) from error
        if not fields:
            raise InvalidValue(Code.WRONG_TYPE, "says nothing", hint=_WANTED_HERE)
        return fields

    return read


def _is_no(value: object) -> bool:
    """Return whether a value is `false`, or a word for it, as a variable or a column can have it."""
    return value is False or (isinstance(value, str) and value.strip().lower() in {"false", "no", "off"})


def _hint_to_name(value: object) -> str:
    if _is_no(value):
        return "Write `notify: false` below a job, or below `defaults` for all: then nobody is told."
    named = "Name who is told, such as `name@example.com`, or write `key: value` on the lines below."
    if value is True:
        return f"{named} `false` below a job: nobody is told of it."
    return hint_for(value) or named


def receivers(value: object) -> tuple[Receiver, ...]:
    """Read an e-mail address, a web address, a mapping such as `slack: https://...`, or a list of them."""
    read = tuple(each for item in _list(value) for each in _read(item))
    if not read:
        raise InvalidValue(Code.WRONG_TYPE, "names nobody", hint=_WANTED_HERE)
    if len(read) > MAX_RECEIVERS:
        raise InvalidValue(
            Code.TOO_LARGE, f"names more than {MAX_RECEIVERS}", hint="Name a list or a channel."
        )
    return read


def _list(value: object) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]


def _word(key: object) -> str:
    return normalised(text_of(key))


def _is_kind(key: object, value: object) -> bool:
    """Return whether a key is the kind of a webhook, or is written as if it were."""
    word = _word(key)
    return word in {*_KINDS, BY_HOST} or (word != "to" and isinstance(value, str) and "://" in value)


def _read(item: object) -> list[Receiver]:
    if isinstance(item, Mapping):
        return [_named(_word(kind), each) for kind, given in item.items() for each in _list(given) or [None]]
    if isinstance(item, str) and "://" in item:
        return [_webhook(BY_HOST, item)]
    if isinstance(item, str) and "@" in item:
        return [_email(item)]
    problem = "names somebody who is neither an e-mail address nor a web address"
    raise InvalidValue(Code.BAD_RECEIVER, problem, hint=hint_for(item) or _WANTED_HERE)


def _named(kind: str, address: object) -> Receiver:
    if kind == EMAIL:
        return _email(address)
    if kind in _KINDS or kind == BY_HOST:
        return _webhook(kind, address)
    guess = did_you_mean(kind, [*_KINDS, BY_HOST, EMAIL]) or f"{_WANTED}."
    raise InvalidValue(
        Code.BAD_RECEIVER, f"names a receiver of the kind `{excerpt(kind)}`, which is none", hint=guess
    )


def _email(address: object) -> str:
    read = email(address)
    if not read.isprintable() or len(read) > MAX_EMAIL:
        raise InvalidValue(Code.BAD_EMAIL, "has an e-mail address that cannot be one", hint="Write it anew.")
    return read


def _webhook(kind: str, address: object) -> Webhook:
    read = url(address)
    host = _host(read)
    if not host or len(read) > MAX_ADDRESS or not read.isprintable() or " " in read:
        hint = "Copy it from the service as it is."
        raise InvalidValue(Code.BAD_URL, "has a web address that cannot be one", hint=hint)
    return Webhook(_KINDS.get(kind) or _kind_of(host), read)


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
        return (parts.hostname or "") if parts.port != 0 else ""
    except ValueError:  # a port that is no number
        return ""


def _kind_of(host: str) -> WebhookKind:
    known = (kind for name, kind in _HOSTS.items() if host == name or host.endswith(f".{name}"))
    return next(known, WebhookKind.JSON)
