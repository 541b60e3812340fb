"""Actions that wait in sessions, for the tests of what shows them."""

from datetime import timedelta

from docassemble.Scheduler.core.session_action import SessionAction
from tests.unit.management.managers import NOON

INTERVIEW = "docassemble.demo:data/questions/questions.yml"
SESSION = "secret-session"
ANN = "ann@example.com"


def let_wait(
    store, id_="first", *, due=NOON + timedelta(hours=1), interview=INTERVIEW, session=SESSION, every=None
):
    """Let an action wait; return it."""
    action = SessionAction(
        interview=interview,
        session=session,
        id=id_,
        action="remind",
        arguments={},
        user="7",
        begun="2026-01-01T00:00:00",
        first=due,
        every=every,
        time_zone="UTC",
    )
    assert store.schedule_action(action, now=NOON, by=ANN, most=1_000)
    return action
