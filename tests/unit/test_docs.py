"""The documentation says what the program does: its examples work, its lists are whole, its links lead somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from devserver.modules import module_map
from docassemble.Scheduler.config import Code, Configuration, parse
from docassemble.Scheduler.config.keys import JOB_KEYS, NOTIFY_KEYS, SETTING_KEYS
from docassemble.Scheduler.config.values.hints import normalised
from docassemble.Scheduler.core.problem import Severity
from docassemble.Scheduler.schedules.apscheduler import from_trigger
from docassemble.Scheduler.store.sql.engine import Database, make_engine
from docassemble.Scheduler.store.sql.store import SqlStore
from docassemble.Scheduler.store.sql.tables import Tables, define
from website.repository import FILES as ON_GITHUB
from website.repository import PICTURES

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "docassemble" / "Scheduler"
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)

#: a fenced block, and the comment before it that says which problem it is meant to have:
#: `<!-- wrong: bad-field -->` for an error, `<!-- warns: ... -->` for a warning
FENCED = re.compile(
    r"(?:<!-- (wrong|warns): ([a-z-]+) -->\n)?^( *)```yaml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
SELECT = re.compile(r"^```sql\n(SELECT.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A piece of YAML, and the problem that it is meant to have."""

    where: str
    text: str
    severity: Severity | None = None
    code: str = ""


def fenced(page: Path) -> Iterator[Example]:
    text = page.read_text(encoding="utf-8")
    for found in FENCED.finditer(text):
        mark, code, indent, body = found.groups()
        lines = "\n".join(line.removeprefix(indent) for line in body.splitlines())
        severity = {"wrong": Severity.ERROR, "warns": Severity.WARNING, None: None}[mark]
        where = f"{page.name}:{text.count(chr(10), 0, found.start(4)) + 1}"
        yield Example(where, lines, severity, code or "")


EXAMPLES = [example for page in PAGES for example in fenced(page)]
FILES = sorted((ROOT / "examples").glob("*.yml"))


def read(text: str) -> Configuration | None:
    """Read a configuration as docassemble loads it; None when it has no `scheduler:` block."""
    loaded = yaml.load(text, Loader=yaml.FullLoader)
    if "scheduler" not in loaded:
        return None
    return parse(
        loaded["scheduler"], zone="Europe/Berlin", environ={}, now=NOW, trigger_schedule=from_trigger
    )


def in_code(text: str) -> set[str]:
    """Return what stands between backticks outside of fenced blocks."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)))


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def page_text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_there_are_examples_of_every_kind():
    assert len(EXAMPLES) > 30
    assert {example.severity for example in EXAMPLES} == {None, Severity.ERROR, Severity.WARNING}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.where)
def test_an_example_has_the_problem_it_is_meant_to_have_and_no_other(example):
    configuration = read(example.text)
    if configuration is None:
        assert example.severity is None, "an example that is meant to be wrong needs a `scheduler:` block"
        return
    found = {(problem.severity, problem.code) for problem in configuration.problems}
    assert found == ({(example.severity, example.code)} if example.severity else set())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_the_examples_has_jobs_and_no_errors(path):
    configuration = read(path.read_text(encoding="utf-8"))
    assert configuration is not None
    assert [str(each) for each in configuration.problems if each.severity is Severity.ERROR] == []
    assert configuration.jobs != ()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.where)
def test_an_example_that_is_not_meant_to_be_wrong_makes_a_job(example):
    configuration = read(example.text)
    if configuration is not None and example.severity is not Severity.ERROR:
        assert configuration.jobs != () or configuration.settings.jobs_from != ()


def test_every_problem_has_its_section_and_every_section_its_problem():
    literal = {
        code
        for path in PACKAGE.rglob("*.py")
        for code in re.findall(r'\bcode="([a-z-]+)"', path.read_text(encoding="utf-8"))
    }
    sections = re.findall(r"^### (.+)$", page_text("problems.md"), re.MULTILINE)
    assert sorted(sections) == sorted({code.value for code in Code} | literal)


@pytest.mark.parametrize(
    "key", sorted({key.name for table in (SETTING_KEYS, JOB_KEYS) for key in table.values()})
)
def test_every_key_stands_in_a_table_of_the_configuration(key):
    assert normalised(key) in {normalised(code) for code in tables("configuration.md")}


@pytest.mark.parametrize("key", sorted({key.name for key in NOTIFY_KEYS.values()}))
def test_every_key_of_notify_stands_in_a_table_of_the_mails(key):
    assert normalised(key) in {normalised(code) for code in tables("operations.md")}


def tables(name: str) -> set[str]:
    """Return what stands in code in the first columns of a page's tables."""
    rows = [line for line in page_text(name).splitlines() if line.startswith("|")]
    return {code for row in rows for code in in_code(row.split("|")[1])}


@pytest.mark.parametrize("table", [getattr(define(""), field.name) for field in fields(Tables)], ids=str)
def test_every_column_of_the_tables_is_explained(table):
    section = page_text("operations.md").partition(f"\n`{table.name}`: ")[2].partition("\n`scheduler_")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    assert {code for row in rows for code in in_code(row.split("|")[1])} == set(table.columns.keys())


def test_the_queries_in_the_pages_work(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path}/scheduler.sqlite")
    SqlStore(Database(engine, "")).upgrade()
    queries = SELECT.findall(page_text("operations.md"))
    assert len(queries) > 3
    with engine.connect() as connection:
        for query in queries:
            connection.exec_driver_sql(query)
    engine.dispose()


def test_the_map_of_modules_is_what_make_map_writes():
    assert page_text("modules.md") == module_map(), "call `make map`"


def definitions() -> set[str]:
    """Return the classes, functions and methods of the package, as `Class`, `function` and `Class.method`."""
    names = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                names.add(node.name)
                inside = [each for each in node.body if isinstance(each, ast.FunctionDef)]
                names |= {f"{node.name}.{each.name}" for each in inside}
    return names


def test_what_the_walk_of_a_run_names_exists():
    walk = page_text("architecture.md").partition("\n## The walk of a run\n")[2].partition("\n## ")[0]
    named = {code for code in in_code(walk) if re.fullmatch(r"[A-Z][a-z]\w+(?:\.\w+)?", code)}
    assert len(named) > 20
    assert named - definitions() == set()


def test_every_statement_about_consistency_is_cited_by_the_code_and_every_citation_is_one():
    stated = re.findall(r"^\*\*(C\d+)\. ", page_text("consistency.md"), re.MULTILINE)
    assert stated == [f"C{number}" for number in range(1, len(stated) + 1)]
    cited = {
        each
        for path in PACKAGE.rglob("*.py")
        for each in re.findall(r"\bC\d+\b", path.read_text(encoding="utf-8"))
    }
    assert cited == set(stated)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        target, _, fragment = link.partition("#")
        ours = re.fullmatch(f"(?:{re.escape(ON_GITHUB)}|{re.escape(PICTURES)})(.+)", target)
        if target.startswith(("http://", "https://")) and ours is None:
            continue
        path = ROOT / ours[1] if ours else (page.parent / target).resolve() if target else page
        assert path.exists(), link
        if fragment:
            headings = HEADING.findall(path.read_text(encoding="utf-8"))
            assert fragment in {anchor(heading.replace("`", "")) for heading in headings}, link


def test_the_readme_can_be_read_elsewhere_and_in_a_few_minutes():
    """PyPI shows it too, where a relative link leads nowhere."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [link for link in LINK.findall(text) if not link.startswith("https://")] == []
    assert len(text.split()) < 900


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_is_named_exists(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_in_a_page_can_be_compiled(page):
    for block in PYTHON.findall(page.read_text(encoding="utf-8")):
        compile(block, page.name, "exec")


def test_the_tests_in_the_page_about_tests_pass(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    ran = []
    for number, block in enumerate(PYTHON.findall(page_text("testing.md"))):
        (tmp_path / f"block_of_page{number}.py").write_text(block, encoding="utf-8")
        names = vars(import_module(f"block_of_page{number}"))
        tests = [value for name, value in names.items() if name.startswith("test_") and callable(value)]
        ran += [test() for test in tests]
    assert len(ran) == 4


def test_every_make_target_is_explained_by_make_help():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony is not None
    assert sorted(phony[1].split()) == sorted(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


def test_every_file_that_a_page_names_exists():
    for page in PAGES:
        for name in in_code(page.read_text(encoding="utf-8")):
            if (
                re.fullmatch(r"(?:docassemble|tests|devserver|docs|examples|\.ci)/[\w./-]+", name)
                and "..." not in name
            ):
                assert (ROOT / name).exists(), f"{page.name}: {name}"
