"""Every text that pages look up in the words of a site: what templates and code say, and closed sets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path

from jinja2 import Environment, nodes

import docassemble.Scheduler
from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.store.sql import requests
from docassemble.Scheduler.store.sql.jobs import dynamic_jobs, pauses
from docassemble.Scheduler.web.dashboard import job_form, presentation, sentences, views
from docassemble.Scheduler.web.dashboard.jobs import bulk, job_facts
from docassemble.Scheduler.web.dashboard.jobs.jobs_filter import ORDER
from tests.unit.schedules.phrases import EXAMPLES

PACKAGE = Path(docassemble.Scheduler.__file__).parent
DASHBOARD = Path(views.__file__).parent
TEMPLATES = sorted((DASHBOARD / "templates").rglob("*.html"))
#: what templates call with a text
SAYING = {"word", "say"}
BADGES = {each.text for each in [presentation.PROBLEM, presentation.OVER, *presentation.BADGES.values()]}
#: what is on record that somebody did
ACTIONS = {
    *(dynamic_jobs.ADD, dynamic_jobs.CANCEL, requests.RUN, requests.RUN_HERE, requests.RETRY, "stop"),
    *(pauses.PAUSE, pauses.RESUME, pauses.PAUSE_ALL, pauses.RESUME_ALL),
}
#: what buttons for several jobs ask and answer
BULK = {text for texts in (*bulk.SAID.values(), *bulk.ASKED.values()) for text in texts}
BULK |= {"{name}: {reason}", "And {number} more."}


def values(kind: type[Enum]) -> set[str]:
    """Return the texts of an enum."""
    return {each.value for each in kind}


#: what templates look up that is no literal, by how it is written there, and all that it can be
CLOSED: Mapping[str, set[str]] = {
    "bar.status": values(Status),
    "event.action": ACTIONS,
    "fact.meaning": {meaning for meaning, _ in job_facts.MEANINGS.values()},
    "it.text": BADGES,
    "last.status.value": values(Status),
    "name": set(job_form.CRON),
    "preset": {text for text, _ in views.PRESETS},
    "question": set(views.ASKED.values()),
    "run.status": values(Status),
    "run.trigger.value": values(Trigger),
    "status": {*values(Status), *ORDER},
    "status.value": values(Status),
    "title": set(views.HEADINGS.values()),
    "trigger.value": values(Trigger),
}


def in_templates() -> tuple[set[str], set[str]]:
    """Return the literals, and how everything else is written that templates look up."""
    literals: set[str] = set()
    others: set[str] = set()
    for path in TEMPLATES:
        tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if _name(call.node).rpartition(".")[2] in SAYING and call.args:
                for each in _branches(call.args[0]):
                    if isinstance(each, nodes.Const):
                        literals.add(each.value)
                    else:
                        others.add(_name(each))
    return literals, others - {"text"}  # the parameter of the macro


def _branches(node: nodes.Expr) -> Iterator[nodes.Expr]:
    if isinstance(node, nodes.CondExpr):
        yield from _branches(node.expr1)
        yield from _branches(node.expr2)
    else:
        yield node


def _name(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_name(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else repr(node)


def in_code() -> set[str]:
    """Return the literals that code looks up, or makes phrases of; those of schedules have examples."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if "schedules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _is_said(node.func, path):
                found |= set(_texts(node.args[0]))
    return found


def in_questions() -> set[str]:
    """Return the literals that the blocks of our interviews look up."""
    files = sorted((PACKAGE / "data" / "questions").glob("*.yml"))
    return {
        text
        for path in files
        for text in re.findall(r'\bword\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    }


def _is_said(function: ast.expr, path: Path) -> bool:
    if isinstance(function, ast.Name):
        return function.id == "Phrase"
    if not isinstance(function, ast.Attribute):
        return False
    if function.attr == "of":
        return isinstance(function.value, ast.Name) and function.value.id == "Phrase"
    return function.attr in SAYING and "dashboard" in path.parts


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def all_texts() -> set[str]:
    """Return everything that a words file has to have."""
    literals, _ = in_templates()
    closed = {text for texts in CLOSED.values() for text in texts}
    found = (
        literals
        | in_code()
        | in_questions()
        | closed
        | BULK
        | {*sentences.REASONS, *sentences.ANSWERS}
        | EXAMPLES.keys()
        | {views.TITLE}
    )
    return {text for text in found if any(each.isalpha() for each in text)}
