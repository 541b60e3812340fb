"""The site has every page and every public name. What only MkDocs can tell, its strict build does: `make docs`."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

import docassemble
from docassemble import Scheduler
from docassemble.Scheduler import job_data, testing
from docassemble.Scheduler.web.api.openapi import description
from docassemble.Scheduler.web.dashboard.jobs.job_facts import DOCS as LINKED_BY_DASHBOARD
from tests.unit.tasks.test_shipped import JOBS
from website.appearance import differences, foreign
from website.openapi_page import openapi_page
from website.python_page import GROUPS, python_page
from website.repository import FILES, REPOSITORY, ROOT_PAGES, links_of_page, links_of_root_page

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "docassemble" / "Scheduler"
#: pages that website/hooks.py makes
MADE = {"python-reference.md", "api-reference.md", *ROOT_PAGES.values()}
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def navigation() -> Iterator[str]:
    """Yield the pages in the navigation of mkdocs.yml."""
    nav = text("mkdocs.yml").partition("\nnav:\n")[2].partition("\nhooks:")[0]
    for entry in yaml.safe_load(nav):
        for value in entry.values():
            yield from (
                [value] if isinstance(value, str) else (page for each in value for page in each.values())
            )


def test_every_page_is_once_in_the_navigation_of_mkdocs_yml() -> None:
    written = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert sorted(navigation()) == sorted(written | MADE)


def of_module(name: str) -> set[str]:
    """Return the public functions that a module defines."""
    module = ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))
    defined = {each.name for each in module.body if isinstance(each, ast.FunctionDef)}
    return {f"{name}.{each}" for each in defined if not each.startswith("_")}


def public() -> set[str]:
    """Return every name that programs, jobs, error handlers and tests may use."""
    names = {name for name in dir(Scheduler) if not name.startswith("__")}
    names |= {f"testing.{name}" for name in testing.__all__} | {"testing.fixtures.scheduler"}
    names |= {f"tasks.{name}" for name in JOBS} | {"tasks.test_context.SchedulerContext"}
    names |= {f"job_data.{name}" for name in job_data.__all__}
    return names | of_module("scheduler_logger") | of_module("scheduler_error_handler")


def test_every_public_name_is_in_a_group_of_the_python_reference() -> None:
    assert sorted(name for group in GROUPS for name in group.names) == sorted(public()), (
        "see website/python_page.py"
    )


@pytest.mark.parametrize("name", sorted(public()))
def test_a_public_name_is_there_and_says_what_it_is(name: str) -> None:
    module, _, attribute = f"docassemble.Scheduler.{name}".rpartition(".")
    assert getattr(import_module(module), attribute).__doc__


def test_the_python_reference_has_a_directive_for_each_name() -> None:
    assert re.findall(r"^::: (.+)$", python_page(), re.MULTILINE) == [
        f"docassemble.Scheduler.{name}" for group in GROUPS for name in group.names
    ]


def test_the_api_reference_has_every_call_with_all_that_it_takes() -> None:
    page = openapi_page(description())
    for path, operations in description()["paths"].items():
        for method, operation in operations.items():
            section = page.partition(f"\n### {method.upper()} {path}\n")[2].partition("\n### ")[0]
            assert operation["summary"] in section
            named = {each["name"] for each in operation.get("parameters", ())}
            if "requestBody" in operation:
                named |= operation["requestBody"]["content"]["application/json"]["schema"][
                    "properties"
                ].keys()
            assert {name for name in named if f"\n| `{name}` |" not in section} == set()


def test_each_object_that_the_api_reference_refers_to_has_a_section_with_its_fields() -> None:
    page = openapi_page(description())
    sections = dict(re.findall(r"^### (\w+)\n\n(.*?)(?=^### |\Z)", page, re.MULTILINE | re.DOTALL))
    assert {
        name for name, anchor in re.findall(r"\[(\w+)\]\(#(\w+)\)", page) if name.lower() != anchor
    } == set()
    assert set(re.findall(r"\]\(#(\w+)\)", page)) <= {name.lower() for name in sections}
    for name, schema in description()["components"]["schemas"].items():
        assert {
            field for field in schema.get("properties", ()) if f"| `{field}` |" not in sections[name]
        } == set()


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "format": "date-time"}, "string (date-time)"),
        ({"type": ["integer", "null"]}, "integer or null"),
        ({"enum": ["a", None]}, '`"a"`, `null`'),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Run"}}, "list of [Run](#run)"),
        ({"anyOf": [{"$ref": "#/components/schemas/Run"}, {"type": "null"}]}, "[Run](#run) or null"),
        ({}, "any JSON"),
    ],
)
def test_a_type_in_words(schema: Mapping[str, Any], words: str) -> None:
    field = {"name": "given", "in": "query", "required": True, "description": "a | b", "schema": schema}
    answer = {"200": {"content": {"text/plain": {"schema": {"type": "string"}}}}}
    call = {"summary": "Look", "parameters": [field], "responses": answer}
    api = {"servers": [{"url": "/x"}], "paths": {"/look": {"get": call}}, "components": {"schemas": {}}}
    assert f"| `given` | {words} | yes | a \\| b |" in openapi_page(api)


@pytest.mark.parametrize(
    ("target", "on_the_site"),
    [
        ("cli.md#look", "cli.md#look"),
        ("#look", "#look"),
        ("https://example.com/../x", "https://example.com/../x"),
        ("../CONTRIBUTING.md#rules", "contributing.md#rules"),
        ("../benchmarks/results/latest.json", f"{FILES}benchmarks/results/latest.json"),
    ],
)
def test_a_link_of_a_page_leads_out_of_the_folder_to_where_it_can_be_read(
    target: str, on_the_site: str
) -> None:
    assert links_of_page(f"See [it]({target}).") == f"See [it]({on_the_site})."


@pytest.mark.parametrize(
    ("target", "on_the_site"),
    [("docs/cli.md#look", "cli.md#look"), ("CHANGELOG.md", "changelog.md"), ("Makefile", f"{FILES}Makefile")],
)
def test_a_page_of_the_root_is_beside_the_others(target: str, on_the_site: str) -> None:
    assert links_of_root_page(f"[it]({target})") == f"[it]({on_the_site})"


def test_lists_without_an_empty_line_before_them_are_told() -> None:
    assert differences("a\n- b\n- c\n", "<p>a\n- b\n- c</p>") == {"li": (2, 0)}
    assert differences("a\n\n- b\n", "<p>a</p><ul><li>b</li></ul>") == {}


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://example.com/a.js"></script>',
        "<img alt=x src=//example.com/a.png>",
        '<link rel="stylesheet" href="https://example.com/a.css">',
    ],
)
def test_what_comes_from_another_server_is_found(html: str) -> None:
    (address,) = foreign(html)
    assert "example.com" in address
    assert foreign('<script src="assets/a.js"></script><a href="https://example.com">x</a>') == []


def test_the_address_of_the_repository_is_the_same_wherever_it_is_written() -> None:
    assert f"{REPOSITORY}/blob/main/docs/" == LINKED_BY_DASHBOARD
    for name in ("setup.py", "README.md", "mkdocs.yml", "docs/first-job.md"):
        assert set(re.findall(r"https://github\.com/[\w-]+/[\w-]*Scheduler", text(name))) == {REPOSITORY}


@pytest.fixture
def of_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Give the names of the guide's tests, beside a package with its job, and a docassemble that sends nothing."""
    job, tests = PYTHON.findall(text("docs/first-job.md"))
    for name, code in (("MyPackage/reports.py", job), ("base/util.py", "send_email = None")):
        path = tmp_path / "docassemble" / name
        path.parent.mkdir(parents=True)
        path.write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    names: dict[str, Any] = {}
    exec(tests, names)
    yield names
    for name in [each for each in sys.modules if re.match(r"docassemble\.(MyPackage|base)\b", each)]:
        del sys.modules[name]
    for name in ("MyPackage", "base"):
        vars(docassemble).pop(name, None)


@pytest.mark.parametrize("name", re.findall(r"^def (test_\w+)", text("docs/first-job.md"), re.MULTILINE))
def test_the_job_of_the_guide_passes_the_tests_of_the_guide(
    name: str, of_the_guide: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    of_the_guide[name](monkeypatch)
