"""After a job, nothing that was not committed stays."""

from sqlalchemy import create_engine, text
from sqlalchemy.orm import scoped_session, sessionmaker

from docassemble.Scheduler.host.context import roll_back


def test_what_was_not_committed_is_undone():
    session = scoped_session(sessionmaker(create_engine("sqlite://")))
    session.execute(text("SELECT 1"))
    roll_back(session)
    assert not session().in_transaction()


def test_no_session_is_made_in_order_to_close_it():
    made = []
    session = scoped_session(sessionmaker(create_engine("sqlite://")), scopefunc=lambda: 1)
    session.session_factory.class_ = type("Noted", (session.session_factory.class_,), {"close": made.append})
    roll_back(session)
    assert made == []
