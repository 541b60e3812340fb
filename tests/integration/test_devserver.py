"""The devserver is what the other integration tests stand on: does it hold?"""

from pathlib import Path

import pytest

from devserver import processes
from devserver.server import DevServer
from tests.integration.conftest import StartDevServer


def everything_of(folder: Path) -> list[int]:
    """The processes whose command line, folder or environment names the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            facts = [(entry / name).read_bytes() for name in ("cmdline", "environ")]
        except OSError:
            continue  # not a process, or gone, or another user's
        if any(str(folder).encode() in fact for fact in facts):
            found.append(int(entry.name))
    return found


def test_the_administrator_can_sign_in_and_see_the_logs(devserver: DevServer) -> None:
    assert "<title>Logs</title>" in devserver.client().get("/logs").text


def test_the_api_knows_the_key_of_the_administrator(devserver: DevServer) -> None:
    answer = devserver.client().api("GET", "/api/user", devserver.api_key)
    assert answer.json()["email"] == "admin@example.com"


def test_our_package_is_installed_for_good_and_not_editable(devserver: DevServer) -> None:
    where = devserver.run_python("-c", "import docassemble.Scheduler as s; print(s.__file__)").stdout
    assert Path(where.strip()).is_relative_to(devserver.site.venv)


def test_a_reload_brings_a_new_worker_with_the_new_configuration(devserver: DevServer) -> None:
    before = devserver.worker_pid()
    devserver.configure({"raw global css": "<!-- of the new configuration -->"})
    devserver.reload()
    assert devserver.worker_pid() != before
    assert "<!-- of the new configuration -->" in devserver.client().get("/interviews").text


def test_a_killed_worker_is_replaced(devserver: DevServer) -> None:
    killed = devserver.kill_worker()
    devserver.wait()
    assert devserver.worker_pid() != killed


def test_a_killed_server_leaves_nothing_and_can_be_started_again(devserver: DevServer) -> None:
    worker = devserver.worker_pid()
    devserver.kill_master()
    assert not processes.is_running(worker)
    devserver.restart()
    assert devserver.client().get("/logs").status_code == 200


@pytest.mark.parametrize("servers", [2])
def test_two_servers_share_their_users_and_stopping_leaves_no_process(
    start_devserver: StartDevServer, servers: int
) -> None:
    server = start_devserver(servers=servers, celery=True)
    assert [server.client(index).get("/logs").status_code for index in range(servers)] == [200, 200]
    assert everything_of(server.site.folder)
    server.stop()
    assert everything_of(server.site.folder) == []
