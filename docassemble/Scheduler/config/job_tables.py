# do not pre-load
"""Jobs from a table: the blocks of `jobs from`, and the definitions of jobs that rows are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from ..core.problem import Path, Problem
from ..core.settings import JobTable
from ..core.texts.excerpt import excerpt
from ..core.texts.storable import flaw
from .codes import Code, InvalidValue
from .environment import Environment
from .keys import COLUMN_KEYS, JOB_KEYS, TABLE_KEYS, Group
from .section import ParsedValue, Section, joined, read_section
from .values.readers import boolean

#: begins the path of problems of rows
ROWS = ("jobs from",)
#: one row: its cells, by the keys that they give
Row = Mapping[str, object]
#: a number that is larger is not written out
_HUGE = 10**15
_LIKE = "See `Jobs from a table` in docs/configuration.md."


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedTable:
    """A block of `jobs from` that can be used."""

    table: JobTable
    #: the keys that all its jobs have
    keys: Section


def read_tables(
    given: ParsedValue | None, environment: Environment, defaults: Section
) -> tuple[list[ParsedTable], list[Problem]]:
    """Read the blocks of `jobs from`; one with an error is left out. Never raises."""
    blocks: Sequence[Mapping[Any, Any]] = () if given is None or given.error else given.value
    tables: dict[str, ParsedTable] = {}
    problems: list[Problem] = []
    for number, block in enumerate(blocks, 1):
        assert given is not None  # noqa: S101 - it has blocks
        path = given.path if len(blocks) == 1 else (*given.path, str(number))
        table, found = _read_table(block, path, environment, defaults, tables)
        problems += found
        if table is not None:
            tables[table.table.name] = table
    return list(tables.values()), problems


def _read_table(
    block: Mapping[Any, Any],
    path: Path,
    environment: Environment,
    defaults: Section,
    others: Mapping[str, ParsedTable],
) -> tuple[ParsedTable | None, list[Problem]]:
    section = read_section(block, TABLE_KEYS, path, environment)
    columns = read_section(section.value("columns", {}), COLUMN_KEYS, (*path, "columns"), environment)
    errors = [*section.errors(), *columns.errors()]
    errors = errors or _missing(section, columns, has_function="function" in defaults.given)
    problems = [*section.warnings, *section.unknown, *columns.warnings, *columns.unknown, *errors]
    if errors:
        return None, problems
    of_table = section.of(Group.TABLE)
    table = JobTable(
        name=_name(section, others),
        columns={name: given.value for name, given in columns.given.items()},
        **{name: given.value for name, given in of_table.items() if name != "columns"},
    )
    keys = {name: given for name, given in section.given.items() if name not in of_table}
    return ParsedTable(table=table, keys=replace(section, given=keys)), problems


def _missing(section: Section, columns: Section, *, has_function: bool) -> list[Problem]:
    """Report what a block must say and does not."""
    has_function = has_function or "function" in section.given or "function" in columns.given
    wrong = {
        "Nothing here says in which database the rows are.": "database" not in section.given,
        "Either `table` or `query` says which rows are jobs.": ("table" in section.given)
        == ("query" in section.given),
        "No column gives the names of the jobs.": "name" not in columns.given,
        # else the name of a row would say what is called
        "Nothing here says which function the jobs call.": not has_function,
    }
    return [Code.BAD_TABLE.problem(section.path, each, _LIKE) for each, is_so in wrong.items() if is_so]


def _name(section: Section, others: Mapping[str, ParsedTable]) -> str:
    """Name a table by its place; a number tells blocks with the same one apart."""
    given, table = section.given["database"], section.given.get("table")
    place = excerpt(given.written) if given.variables else _shown(given.value)
    name = f"{place}: {excerpt(table.written) if table else 'query'}"
    same = [other for other in others if other == name or other.startswith(f"{name} ")]
    return f"{name} {len(same) + 1}" if same else name


def _shown(database: str) -> str:
    """Return a section's name, or of a URL what is no secret."""
    if "://" not in database:
        return excerpt(database)
    scheme, _, rest = database.partition("://")
    try:
        parts = urlsplit(f"//{rest}")
        return excerpt(f"{parts.hostname or 'localhost'}{parts.path}")
    except ValueError:
        return excerpt(scheme)


def definitions(table: JobTable, rows: Iterable[Row]) -> tuple[dict[str, dict[str, object]], list[Problem]]:
    """Return the definitions of the jobs that rows are, by name, and what is wrong with other rows. Never raises."""
    found: dict[str, dict[str, object]] = {}
    problems: list[Problem] = []
    names: Counter[str] = Counter()
    for number, row in enumerate(rows, 1):
        name = _plain(row.get("name"))
        place = (*ROWS, table.name, f"row {number}" if name is None else str(name))
        if wrong := _wrong_name(name):
            problems.append(Code.BAD_ROW.problem(place, *wrong))
            continue
        names[str(name)] += 1
        try:
            found[str(name)] = _definition(row)
        except _BadCell as bad:
            found.pop(str(name), None)
            problems.append(bad.error.code.problem((*place, bad.key), f"{bad.error}.", bad.error.hint))
    for name in (name for name, times in names.items() if times > 1):
        found.pop(name, None)
        sentence = f"{names[name]} rows have this name; none of them is a job."
        hint = "Give each row a name of its own, or map `name` to a column with a number of each row."
        problems.append(Code.BAD_ROW.problem((*ROWS, table.name, name), sentence, hint))
    return found, problems


def _wrong_name(name: object) -> tuple[str, str] | None:
    """Return why a cell is no name, and the way out."""
    if name is None or isinstance(name, bool | list | dict) or not (text := str(name)).strip():
        return "This row has no name.", "Give it a text or a number."
    if wrong := flaw(text):
        return f"The name {wrong.reason}.", wrong.hint
    if text != text.strip() or not text.isprintable():
        return (
            "The name begins or ends with a space, or has a character that cannot be seen.",
            "Take it away.",
        )
    return None


class _BadCell(Exception):
    """A cell that cannot be the value of its key."""

    def __init__(self, key: str, error: InvalidValue) -> None:
        super().__init__(key)
        self.key = key
        self.error = error


def _definition(row: Row) -> dict[str, object]:
    keys: dict[str, object] = {}
    for key, cell in row.items():
        if key == "name" or cell is None:
            continue
        try:
            value = _CELLS.get(key, _same)(_plain(cell))
        except InvalidValue as error:
            raise _BadCell(key, error) from error
        keys.update(value if isinstance(value, _Keys) else {key: value})
    return keys


class _Keys(dict[str, object]):
    """What one cell gives, when it gives several keys."""


def _plain(cell: object) -> Any:
    """Return a cell as JSON has it; what only databases have becomes a number or a text."""
    if isinstance(cell, Decimal):
        is_whole = cell.is_finite() and abs(cell) < _HUGE and cell == cell.to_integral_value()
        return int(cell) if is_whole else str(cell) if cell.is_nan() else float(cell)
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, memoryview | bytes | bytearray):
        return bytes(cell).decode(errors="backslashreplace")
    if isinstance(cell, list | tuple):
        return [_plain(each) for each in cell]
    return cell if cell is None or isinstance(cell, bool | int | float | str | dict) else str(cell)


def _same(value: Any) -> Any:
    return value


def _json(value: Any) -> Any:
    """Read JSON, which some databases give as a text; another text stays as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", '"')):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        hint = "Write JSON in it, or no `{` at its beginning."
        raise InvalidValue(
            Code.WRONG_TYPE, "This cell begins as JSON does, and is none", hint=hint
        ) from error


def _schedule(value: Any) -> Any:
    """Read a crontab expression, or JSON with `format` and `params` as Action Scheduler has it."""
    read = _json(value)
    if not isinstance(read, Mapping):
        return read
    kind, params = read.get("format"), read.get("params")
    if kind == "unix":
        return params.get("value", "") if isinstance(params, Mapping) else params
    if kind == "apscheduler":
        return _Keys(trigger="cron", params=params)
    hint = "The format can be `unix` or `apscheduler`."
    raise InvalidValue(Code.BAD_CHOICE, f"The format `{excerpt(kind)}` has no meaning here", hint=hint)


def _arguments(value: Any) -> list[Any]:
    """Return the arguments that a cell gives: a list has several, anything else is one, a text as it is."""
    return value if isinstance(value, list) else [value]


def _missed(value: Any) -> Any:
    """Read whether what was missed is merged, or a word of `missed`."""
    truth = _truth(value)
    return ("once" if truth else "all") if isinstance(truth, bool) else value


def _truth(value: Any) -> Any:
    """Return true and false as such, which some databases keep as 1 and 0."""
    return {0: False, 1: True}.get(value, value) if isinstance(value, int) else value


def _grace(value: Any) -> Any:
    """Read seconds, of which any less than none is no limit."""
    return -1 if isinstance(value, int | float) and value < 0 else value


_CELLS: Mapping[str, Callable[[Any], Any]] = {
    **{key.name: _truth for key in JOB_KEYS.values() if key.read is boolean},
    "crontab": _schedule,
    "params": _json,
    "kwargs": _json,
    "args": _arguments,
    "missed": _missed,
    "misfire grace time": _grace,
}


def no_function(table: str, name: str) -> Problem:
    """Report a row that says nothing of a function, where the block does not either."""
    sentence = "This row names no function, and the block of its table does not either."
    return Code.BAD_ROW.problem((*ROWS, table, name), sentence, joined("Fill in the column.", _LIKE))
