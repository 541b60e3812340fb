# do not pre-load
"""Mail the figures of usage each week: how many sessions of each interview were used."""

from collections import Counter

from docassemble.base.util import DA, send_email

from docassemble.SchedulerRecipes.sessions import ago, find


def send(recipient: str) -> dict[str, int]:
    """Mail how many sessions of each interview were changed within a week, and return it."""
    used = Counter(each["filename"] for each in find(DA.Sessions.modtime >= ago(days=7)))
    lines = [f"{count}: {name}" for name, count in used.most_common()] or ["none"]
    body = "Sessions of the last seven days, by interview:\n\n" + "\n".join(lines)
    if not send_email(to=recipient, subject="Usage of the week", body=body, config="default"):
        raise RuntimeError(f"the figures could not be mailed to {recipient}")
    return dict(used)
