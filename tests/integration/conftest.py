"""A devserver for the tests: one that is running is used by all tests that want the same.

The environments and sites are kept in ``--devserver-state``, so the second run starts in seconds.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devserver.server import DEFAULT_STATE, VERSIONS, DevServer

StartDevServer = Callable[..., DevServer]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("devserver", "the real docassemble that integration tests run against")
    group.addoption(
        "--docassemble",
        action="append",
        default=[],
        metavar="VERSION",
        help=f"docassemble to test with, repeatable or separated by commas (default: {VERSIONS[0]})",
    )
    group.addoption(
        "--devserver-state",
        type=Path,
        default=DEFAULT_STATE,
        metavar="DIR",
        help="where the devserver keeps everything (default: %(default)s)",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "docassemble" in metafunc.fixturenames:
        asked = ",".join(metafunc.config.getoption("--docassemble")) or VERSIONS[0]
        metafunc.parametrize("docassemble", asked.split(","), scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.integration)
    superfluous = [item for item in items if item.get_closest_marker("one_version") and not _is_first(item)]
    if superfluous:
        config.hook.pytest_deselected(items=superfluous)
        items[:] = [item for item in items if item not in superfluous]


def _is_first(item: pytest.Item) -> bool:
    """Return whether a test runs with the version that all tests run with."""
    call = getattr(item, "callspec", None)
    return call is None or call.params.get("docassemble", VERSIONS[0]) == VERSIONS[0]


@pytest.fixture(scope="session")
def devserver_state(request: pytest.FixtureRequest) -> Path:
    """The folder of environments and sites."""
    return Path(request.config.getoption("--devserver-state")).resolve()


@pytest.fixture(scope="module")
def start_devserver(docassemble: str, devserver_state: Path) -> Iterator[StartDevServer]:
    """A function that starts a fresh devserver and takes the arguments of DevServer.

    There is one at a time: the next call stops the one before, the end of the module the last.
    """
    running: list[DevServer] = []

    def start(config: object = None, **options: object) -> DevServer:
        while running:
            running.pop().stop()
        settings = {"docassemble": docassemble, "state": devserver_state, "fresh": True, **options}
        server = DevServer(config, **settings)  # type: ignore[arg-type]
        running.append(server)
        server.start()
        return server

    yield start
    while running:
        running.pop().stop()


@pytest.fixture(scope="module")
def devserver(start_devserver: StartDevServer) -> DevServer:
    """A devserver without jobs: ``configure`` and ``reload`` it at will."""
    return start_devserver()
