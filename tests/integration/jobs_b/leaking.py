# do not pre-load
"""Jobs that leave behind whatever they can: a user, a language, values in docassemble's thread data, transactions."""

import time
from typing import Any

from jobs_b.writing import write

#: what no request may ever see
MARK = "left-by-a-job"
#: how long a job keeps what it set (seconds): long enough for requests on other threads to come by
HOLD = 0.2


def set_everything(file: str) -> None:
    """Set docassemble's thread data, look again after a while, and note what was found before and after."""
    entered = time.time_ns()
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
    write(file, entered, found=found, kept=kept, ended=time.time())


def _look(this_thread: Any, get_language: Any) -> dict[str, Any]:
    user = this_thread.current_info["user"]
    return {"email": user["email"], "misc": sorted(this_thread.misc), "language": get_language()}


def read_without_commit(file: str) -> None:
    """Read, and end inside of the transaction."""
    entered = time.time_ns()
    _session().execute(_sql('SELECT count(*) FROM "user"'))
    time.sleep(HOLD)
    write(file, entered)


def write_without_commit(file: str) -> None:
    """Change a row, and end inside of the transaction."""
    entered = time.time_ns()
    _change()
    time.sleep(HOLD)
    write(file, entered)


def raise_in_transaction(file: str) -> None:
    """Change a row and raise."""
    write(file, time.time_ns())
    _change()
    time.sleep(HOLD)
    raise RuntimeError("in the middle of a transaction")


def break_transaction(file: str) -> None:
    """End inside of a transaction that PostgreSQL has aborted."""
    from sqlalchemy.exc import ProgrammingError

    entered = time.time_ns()
    _change()
    try:
        _session().execute(_sql("SELECT * FROM no_such_table"))
    except ProgrammingError:
        time.sleep(HOLD)
        write(file, entered)


def _change() -> None:
    result = _session().execute(_sql(f"UPDATE \"user\" SET organization = '{MARK}' WHERE id = 1"))
    assert result.rowcount == 1


def _session() -> Any:
    from flask import current_app

    return current_app.extensions["sqlalchemy"].session


def _sql(text: str) -> Any:
    from sqlalchemy import text as statement

    return statement(text)
