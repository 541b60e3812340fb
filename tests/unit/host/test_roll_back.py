"""After a job, nothing that was not committed stays."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import scoped_session, sessionmaker

from docassemble.Scheduler.host.context import roll_back


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    yield engine
    engine.dispose()


def test_what_was_not_committed_is_undone(engine: Engine) -> None:
    session = scoped_session(sessionmaker(engine))
    session.execute(text("SELECT 1"))
    roll_back(session)
    assert not session().in_transaction()


def test_no_session_is_made_in_order_to_close_it(engine: Engine) -> None:
    made: list[object] = []
    session = scoped_session(sessionmaker(engine), scopefunc=lambda: 1)
    session.session_factory.class_ = type("Noted", (session.session_factory.class_,), {"close": made.append})
    roll_back(session)
    assert made == []
