# do not pre-load
"""The command that tries whether people are told: test-notify."""

from __future__ import annotations

import click

from ..core.texts.error_text import summary
from .context import CliContext
from .options import json_option
from .text.output import FAILED, show


@click.command("test-notify")
@click.argument("job", required=False)
@json_option
@click.pass_obj
def test_notify(context: CliContext, *, job: str | None, as_json: bool) -> None:
    """Send a test message to all whom the setting `notify` names, or the `notify` of JOB.

    Says of each whether it was taken; what becomes of it then is for mail servers and services.
    """
    outcomes: dict[str, str | None] = {}
    for target, delivery in context.test_deliveries(job):
        outcomes[str(target)] = None
        try:
            delivery.do()
        except Exception as error:  # noqa: BLE001 - the boundary of mail servers and services: the others are tried
            outcomes[str(target)] = summary(error)
    is_good = bool(outcomes) and not any(outcomes.values())
    document = {"ok": is_good, "receivers": [{"to": to, "error": error} for to, error in outcomes.items()]}
    show(document, as_json=as_json, text=lambda: _said(outcomes))
    if not is_good:
        raise SystemExit(FAILED)


def _said(outcomes: dict[str, str | None]) -> str:
    if not outcomes:
        way_out = "Nobody is told: set `notify`, or docassemble's `error notification email`"
        return f"{way_out}, unless the job says `notify: false`."
    return "\n".join(f"{to}: {'sent' if error is None else error}" for to, error in outcomes.items())
