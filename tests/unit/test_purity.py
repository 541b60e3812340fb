"""The core knows nothing of docassemble, Flask, uWSGI or SQLAlchemy, and importing does nothing.

Which room imports which: `make lint`, and the contracts in pyproject.toml.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "docassemble" / "Scheduler"
HOST = (
    "docassemble.base",
    "docassemble.webapp",
    "flask",
    "sqlalchemy",
    "celery",
    "dotenv",
    "uwsgi",
    "yaml",
    "apscheduler",
    "holidays",
    "requests",
    "sentry_sdk",
)
#: folders that know outside systems; `cli`, `runtime` and `testing` only compose them
ADAPTERS = ("host/", "store/sql/", "tasks/")
COMPOSED = ("cli/", "runtime/", "testing/")
#: pages, in the language of who looks; their views know Flask too
PAGES = "web/dashboard/"
#: single modules that know a library
KNOWING = {
    "boot",
    "celery_task",
    "notifications/healthchecks",
    "notifications/http_client",
    "notifications/sentry",
    "reminders/answers",
    "reminders/in_session",
    "reminders/stop_link",
    "testing/store",
    "web/api/views",
    "web/dashboard/editor",
    "web/dashboard/jobs/overview_page",
    "web/dashboard/rendering",
    "web/dashboard/session_actions",
    "web/dashboard/views",
    "web/dashboard/welcome",
}
#: single modules that compose
COMPOSING = {"__main__", "scheduler_error_handler", "scheduler_logger"}


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def dotted(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def inside(path):
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def is_core(path):
    name = inside(path)
    return not name.startswith((*ADAPTERS, *COMPOSED, PAGES)) and name not in KNOWING | COMPOSING


def is_page(path):
    return inside(path).startswith(PAGES) and inside(path) not in KNOWING


def imported_by(code):
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split()


def packages(names):
    """Return what these modules import beside the standard library."""
    before = set(imported_by("pass"))
    top = {name.partition(".")[0] for name in set(imported_by(f"import {', '.join(names)}")) - before}
    platform = {name for name in top if name.startswith("_sysconfigdata")}
    return top - platform - set(sys.stdlib_module_names)


@pytest.mark.parametrize("room", [is_core, is_page])
def test_importing_the_core_or_a_page_imports_nothing_of_the_host(room):
    names = [dotted(path) for path in modules() if room(path)]
    assert len(names) > 2
    imported = imported_by(f"import {', '.join(names)}")
    assert [name for name in imported if name.startswith(HOST)] == []


@pytest.mark.parametrize(
    ("room", "needed"), [(is_core, {"cronsim"}), (is_page, {"cronsim", "babel", "markupsafe"})]
)
def test_the_core_needs_the_standard_library_and_cronsim_and_a_page_babel_too(room, needed):
    names = [dotted(path) for path in modules() if room(path)]
    assert packages(names) == {"docassemble"} | needed


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_docassemble_pre_loads_the_boot_module_and_no_other(path):
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert first == ("# pre-load" if path.stem == "boot" else "# do not pre-load")


def test_importing_the_boot_module_outside_of_docassemble_does_nothing():
    assert [name for name in imported_by("import docassemble.Scheduler.boot") if name.startswith(HOST)] == []


def test_only_the_adapter_of_an_outside_system_imports_it():
    for path in modules():
        if inside(path).startswith(ADAPTERS) or inside(path) in KNOWING:
            continue
        text = path.read_text(encoding="utf-8")
        found = [name for name in HOST if f"import {name}" in text or f"from {name}" in text]
        assert found == [], path
