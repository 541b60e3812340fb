"""A devserver for the tests: one that is running is used by all tests that want the same.

The environments and sites are kept in ``--devserver-state``, so the second run starts in seconds. With
``-n``, modules run side by side, each process with sites of its own.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from devserver.interpreters import newest
from devserver.releases import VERSIONS
from devserver.server import DEFAULT_STATE, DevServer
from tests.integration import pages
from tests.integration.notes import PYTHONPATH

StartDevServer = Callable[..., DevServer]
#: the folder with which processes of docassemble start sooner
QUICK_START = PYTHONPATH / "quick_start"
#: side by side, these come first: what begins last must not be what takes longest
LONG = (
    *pages.MODULES,
    "test_install.py",
    "test_recipes.py",
    "test_jobs_from_table.py",
    "test_celery.py",
    "test_compat.py",
    "test_webhooks.py",
    "test_sessions.py",
    "test_catch_up.py",
    "test_cli_more.py",
    "test_on_demand.py",
    "test_cli.py",
    "test_page_overview.py",
    "test_recipes_outside.py",
    "test_isolation.py",
    "test_concurrency.py",
    "test_many_jobs.py",
    "test_mules.py",
)
VERSIONS_ASKED = pytest.StashKey[tuple[str, ...]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("devserver", "the real docassemble that integration tests run against")
    group.addoption(
        "--docassemble",
        action="append",
        default=[],
        metavar="VERSION",
        help="docassemble to test with, repeatable or separated by commas, or `all` (default: the newest that a "
        "Python here can run). Tests that are not marked `every_release` run with the first one only",
    )
    group.addoption(
        "--devserver-state",
        type=Path,
        default=DEFAULT_STATE,
        metavar="DIR",
        help="where the devserver keeps everything (default: %(default)s)",
    )


def pytest_configure(config: pytest.Config) -> None:
    # a process of pytest-xdist is told: to look for a Python takes a second
    told = getattr(config, "workerinput", {}).get("docassemble")
    asked = told or tuple(filter(None, ",".join(config.getoption("--docassemble")).split(",")))
    config.stash[VERSIONS_ASKED] = VERSIONS if asked == ("all",) else asked or (newest()[0].version,)


def pytest_configure_node(node: WorkerController) -> None:
    node.workerinput["docassemble"] = node.config.stash[VERSIONS_ASKED]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "docassemble" in metafunc.fixturenames:
        asked = metafunc.config.stash[VERSIONS_ASKED]
        every = metafunc.definition.get_closest_marker("every_release")
        metafunc.parametrize("docassemble", asked if every else asked[:1], scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, _place(item.path.name)))


def _place(module: str) -> int:
    """Return the place of a module among the long ones; the others come after them."""
    return LONG.index(module) if module in LONG else len(LONG)


class ByModuleAndRelease(LoadScopeScheduling):
    """One process runs all tests of a module with one release: they share a devserver. So do some modules."""

    def _split_scope(self, nodeid: str) -> str:
        module, _, test = nodeid.partition("::")
        parameters = re.split(r"[\[\]-]", test)
        scope = "pages" if Path(module).name in pages.MODULES else module
        return f"{scope} {next((version for version in VERSIONS if version in parameters), '')}"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByModuleAndRelease:
    return ByModuleAndRelease(config, log)


@pytest.fixture(scope="session")
def devserver_environments(request: pytest.FixtureRequest) -> Path:
    """The folder of environments, which all processes share."""
    return Path(request.config.getoption("--devserver-state")).resolve() / "environments"


@pytest.fixture(scope="session")
def devserver_state(request: pytest.FixtureRequest) -> Path:
    """The folder of sites: one for each process of pytest-xdist."""
    state = Path(request.config.getoption("--devserver-state")).resolve()
    return state / os.environ.get("PYTEST_XDIST_WORKER", "")


class OneDevServer:
    """The devserver that runs: there is one at a time."""

    def __init__(self) -> None:
        #: what it was started for
        self.purpose: object = None
        self._server: DevServer | None = None

    @property
    def server(self) -> DevServer:
        assert self._server is not None
        return self._server

    def start(self, server: DevServer, purpose: object = None) -> None:
        """Start a devserver in the place of the one before."""
        self.stop()
        self._server = server
        server.start()
        self.purpose = purpose

    def stop(self) -> None:
        server, self._server, self.purpose = self._server, None, None
        if server is not None:
            server.stop()


@pytest.fixture(scope="session")
def running_devserver() -> Iterator[OneDevServer]:
    """The devserver that runs, whoever has started it."""
    running = OneDevServer()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def make_devserver(
    docassemble: str, devserver_state: Path, devserver_environments: Path
) -> Callable[..., DevServer]:
    """A function that makes a fresh devserver, and does not start it; it takes the arguments of DevServer."""

    def make(config: object = None, **options: Any) -> DevServer:
        settings = {
            "docassemble": docassemble,
            "state": devserver_state,
            "environments": devserver_environments,
            "fresh": True,
            **options,
            "pythonpath": [QUICK_START, *options.get("pythonpath", ())],
        }
        return DevServer(config, **settings)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="module")
def start_devserver(
    make_devserver: Callable[..., DevServer], running_devserver: OneDevServer
) -> Iterator[StartDevServer]:
    """A function that makes a devserver and starts it.

    The next call stops the one before, the end of the module the last.
    """

    def start(config: object = None, **options: Any) -> DevServer:
        server = make_devserver(config, **options)
        running_devserver.start(server)
        return server

    yield start
    running_devserver.stop()


@pytest.fixture(scope="module")
def pages_server(
    docassemble: str,
    make_devserver: Callable[..., DevServer],
    running_devserver: OneDevServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> DevServer:
    """The devserver of `pages.py`, which several modules share: it goes on until another one is started."""
    purpose = (pages.__name__, docassemble)
    if running_devserver.purpose != purpose:
        # as people write it, so that each job stands in a line of its own
        file = tmp_path_factory.mktemp("pages") / "pages.yml"
        file.write_text(
            yaml.safe_dump(dict(pages.CONFIG), sort_keys=False, allow_unicode=True), encoding="utf-8"
        )
        server = make_devserver(file, pythonpath=[PYTHONPATH])
        running_devserver.start(server, purpose)
        server.wait_for_log("ENDED")
    return running_devserver.server


@pytest.fixture(scope="module")
def devserver(start_devserver: StartDevServer) -> DevServer:
    """A devserver without jobs: ``configure`` and ``reload`` it at will."""
    return start_devserver()
