# do not pre-load
"""Rows of another program's table, for `jobs from`: read only, within limits of time and size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy
from sqlalchemy import URL, ColumnClause, Connection, CursorResult, column, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from ...core.errors import TableUnreadable
from ...core.settings import JobTable
from ...core.texts.excerpt import excerpt
from .engine import StatementLog, Timeouts, connect_limits

#: seconds
READING = Timeouts(connect=5, statement=10)
#: of one table, and characters of all its cells
MAX_ROWS, MAX_CHARACTERS = 10_000, 20_000_000
#: so many rows are fetched at a time
PORTION = 100
#: as much of what a driver says is shown
_SAID = 300
_DIALECTS = ("postgresql", "mysql", "mariadb")
_INSTALL = "Install the driver on docassemble's Package Management page: `pymysql`, say."


class RowReader:
    """Reads tables of `jobs from`; each time over a connection of its own."""

    def __init__(self, section: Callable[[str], object], log: StatementLog | None = None) -> None:
        """`section` returns what docassemble's configuration has below a name; `log` is told what is sent."""
        self._section = section
        self._log = log

    def __call__(self, table: JobTable) -> list[dict[str, object]]:
        """Return the rows, their cells by the keys that they give; raises TableUnreadable."""
        url = self._url(table.database)
        dialect = url.get_backend_name()
        if dialect not in _DIALECTS:
            raise TableUnreadable(f"`{excerpt(dialect)}` is neither `postgresql` nor `mysql` or `mariadb`")
        try:
            limits = connect_limits(dialect, READING)
            engine = create_engine(url, connect_args=limits, poolclass=NullPool)
            if self._log is not None and table.query is None:  # a query may have secrets in itself
                self._log.listen(engine)
            with engine.connect() as connection:
                return _read(connection, table)
        except TableUnreadable:
            raise
        except ImportError as error:
            raise TableUnreadable(f"its driver is missing: {error}", hint=_INSTALL) from error
        except Exception as error:  # noqa: BLE001 - drivers raise anything for cells that Python has no value for
            raise TableUnreadable(_said(error, url)) from None  # a traceback may show the password

    def _url(self, database: str) -> URL:
        if "://" in database:
            try:
                return make_url(database)
            except (SQLAlchemyError, ValueError):
                # what it says has the URL in it, with the password
                raise TableUnreadable("the address of its database is no URL of SQLAlchemy") from None
        section = self._section(database)
        if not isinstance(section, Mapping) or not section.get("name"):
            raise TableUnreadable(
                f"docassemble's configuration has no section `{excerpt(database)}` with the `name` of a database"
            )
        given = {key: section.get(key) for key in ("user", "password", "host", "port")}
        texts = {key: str(value) for key, value in given.items() if value not in (None, "")}
        if not texts.get("port", "0").isdecimal():
            raise TableUnreadable(f"the `port` of the section `{excerpt(database)}` is no number")
        return URL.create(
            str(section.get("prefix") or "postgresql+psycopg2").removesuffix("://"),
            username=texts.get("user"),
            password=texts.get("password"),
            host=texts.get("host", "localhost"),
            port=int(texts["port"]) if "port" in texts else None,
            database=str(section["name"]),
        )


def _read(connection: Connection, table: JobTable) -> list[dict[str, object]]:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        connection = connection.execution_options(stream_results=True, max_row_buffer=PORTION)
    else:
        limits = (
            # what the client no longer waits for must not go on in the server
            f"max_statement_time = {READING.statement}"
            if getattr(connection.dialect, "is_mariadb", False)
            else f"max_execution_time = {READING.statement * 1000}"
        )
        # drivers read a result to its end
        connection.exec_driver_sql(f"SET SESSION {limits}, sql_select_limit = {MAX_ROWS + 1}")
        connection.exec_driver_sql("START TRANSACTION READ ONLY")
    if table.query is None:
        return _rows(connection.execute(_select(table)), table)
    # as it is: `:` and `%` have no meaning in it
    return _rows(connection.exec_driver_sql(table.query, execution_options={"no_parameters": True}), table)


def _select(table: JobTable) -> sqlalchemy.Select[Any]:
    schema, _, name = str(table.table).rpartition(".")
    columns: list[ColumnClause[Any]] = [column(each) for each in dict.fromkeys(table.columns.values())]
    return (
        sqlalchemy.select(*columns)
        .select_from(sqlalchemy.table(name, schema=schema or None))
        .limit(MAX_ROWS + 1)
    )


def _rows(result: CursorResult[Any], table: JobTable) -> list[dict[str, object]]:
    places = {name: place for place, name in enumerate(result.keys())}
    if missing := [each for each in table.columns.values() if each not in places]:
        raise TableUnreadable(f"there is no column `{excerpt(missing[0])}`")
    rows: list[dict[str, object]] = []
    room = MAX_CHARACTERS
    for row in result:
        rows.append({key: row[places[name]] for key, name in table.columns.items()})
        room -= sum(_size(cell) for cell in row)
        if len(rows) > MAX_ROWS or room < 0:
            raise TableUnreadable(f"there are more than {MAX_ROWS:,} rows, or {MAX_CHARACTERS:,} characters")
    return rows


def _size(cell: object) -> int:
    if isinstance(cell, Mapping):
        return sum(_size(key) + _size(each) for key, each in cell.items())
    if isinstance(cell, list | tuple):
        return sum(map(_size, cell))
    return len(cell) if isinstance(cell, str | bytes | memoryview) else 1


def _said(error: Exception, url: URL) -> str:
    """Return what the driver said, in one line and without the password."""
    text = str(getattr(error, "orig", None) or error)
    for secret in filter(None, (url.password, url.query.get("password"))):
        text = text.replace(str(secret), "***")
    return excerpt(text, _SAID)
