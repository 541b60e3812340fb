# do not pre-load
"""A Celery task of somebody else's, as docassemble's documentation shows how to write one."""

import os

from celery import shared_task

#: so many answers are read over one connection
QUERIES = 100


@shared_task(name="tests.query")
def query(number: int) -> tuple[int, int, int]:
    """Ask docassemble's database again and again; return our process, its process, and how many answers were wrong."""
    try:
        from docassemble.webapp.tasks.context import bg_context
    except ImportError:  # docassemble <= 1.9
        from docassemble.webapp.worker_common import bg_context
    with bg_context() as (app_context, _):
        session = app_context.app.extensions["sqlalchemy"].session
        from sqlalchemy import text

        (server,) = session.execute(text("SELECT pg_backend_pid()")).one()
        asked = [number * QUERIES + index for index in range(QUERIES)]
        answers = [
            session.execute(text("SELECT CAST(:asked AS int)"), {"asked": each}).scalar() for each in asked
        ]
        session.rollback()
    return os.getpid(), server, sum(one != other for one, other in zip(asked, answers, strict=True))
