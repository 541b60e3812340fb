# do not pre-load
"""Let sessions go on after their interview was renamed: a migration, which is run once."""

from docassemble.base.interview_cache import get_interview
from flask import current_app
from sqlalchemy import text

#: where docassemble keeps the name of an interview
COLUMNS = {
    "userdict": "filename",
    "userdictkeys": "filename",
    "uploads": "yamlfile",
    "chatlog": "filename",
    "speaklist": "filename",
    "shortener": "filename",
}


def rename_interview(old: str, new: str) -> dict[str, int]:
    """Give the sessions of an interview to another file: all or nothing; return the number of rows."""
    get_interview(new)  # raises where there is none
    session = current_app.extensions["sqlalchemy"].session
    renamed = {}
    for table, column in COLUMNS.items():
        statement = text(f"UPDATE {table} SET {column} = :new WHERE {column} = :old")  # noqa: S608 - names of ours
        renamed[table] = session.execute(statement, {"old": old, "new": new}).rowcount
    session.commit()
    return renamed
