# do not pre-load
"""Jobs that leave behind whatever they can: a user, a language, values in docassemble's thread data, transactions."""

import time
from typing import Any

from site_jobs.mark import MARK
from site_jobs.noting import write

#: how long a job keeps what it set (seconds): long enough for requests on other threads to come by
HOLD = 0.2


def set_everything() -> None:
    """Set docassemble's thread data, look again after a while, and note what was found before and after."""
    entered = time.time()
    from docassemble.base.functions import set_info, set_language, this_thread
    from docassemble.base.util import get_language

    found = _look(this_thread, get_language)
    user = this_thread.current_info["user"]
    user.update({"email": MARK, "firstname": MARK, "session_uid": MARK})
    this_thread.current_info["session"] = MARK
    this_thread.misc[MARK] = MARK
    this_thread.session_id = MARK
    set_info(user=MARK, role=MARK)
    set_language("es")
    _session().execute(_sql('SELECT count(*) FROM "user"'))
    time.sleep(HOLD)
    kept = _look(this_thread, get_language)
    write("begin", at=entered, found=found, kept=kept)


def _look(this_thread: Any, get_language: Any) -> dict[str, Any]:
    user = this_thread.current_info["user"]
    return {"email": user["email"], "misc": sorted(this_thread.misc), "language": get_language()}


def read_without_commit() -> None:
    """Read, and end inside of the transaction."""
    entered = time.time()
    _session().execute(_sql('SELECT count(*) FROM "user"'))
    time.sleep(HOLD)
    write("begin", at=entered)


def write_without_commit() -> None:
    """Change a row, and end inside of the transaction."""
    entered = time.time()
    _change()
    time.sleep(HOLD)
    write("begin", at=entered)


def raise_in_transaction() -> None:
    """Change a row and raise."""
    write("begin")
    _change()
    time.sleep(HOLD)
    raise RuntimeError("in the middle of a transaction")


def break_transaction() -> None:
    """End inside of a transaction that PostgreSQL has aborted."""
    from sqlalchemy.exc import ProgrammingError

    entered = time.time()
    _change()
    try:
        _session().execute(_sql("SELECT * FROM no_such_table"))
    except ProgrammingError:
        time.sleep(HOLD)
        write("begin", at=entered)


def _change() -> None:
    result = _session().execute(_sql(f"UPDATE \"user\" SET organization = '{MARK}' WHERE id = 1"))
    assert result.rowcount == 1


def _session() -> Any:
    from flask import current_app

    return current_app.extensions["sqlalchemy"].session


def _sql(text: str) -> Any:
    from sqlalchemy import text as statement

    return statement(text)
