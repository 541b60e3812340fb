"""As in docassemble's container: an unprivileged user has the files and the processes, and root may look in."""

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from devserver.ownership import docassemble_user
from devserver.processes import children_of, rights_of
from devserver.server import DevServer
from tests.integration.conftest import StartDevServer
from tests.integration.records import Tables
from tests.integration.test_install import install_by_docassemble, site_packages, zip_of_checkout

pytestmark = pytest.mark.slow

YEARLY = "0 0 1 1 *"
PLAYGROUND_MODULE = "def nothing():\n    pass\n"


@dataclass(frozen=True, kw_only=True)
class Container:
    """A docassemble of `user`, with what an administrator does on the machine."""

    server: DevServer
    user: str
    tables: Tables
    backups: Path

    @property
    def uid(self) -> int:
        uid = self.server.site.user
        assert uid
        return uid

    @property
    def place(self) -> Path:
        """All that is the user's: /usr/share/docassemble, /var/www and so on."""
        return self.server.config_file().parents[2]

    def type(
        self, *arguments: str, root: bool, config: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command, as root or as the user, in a shell where DA_CONFIG_FILE is set."""
        whose = {"HOME": "/root", "LOGNAME": "root", "USER": "root"}
        environ = {**self.server.environ(), **(whose if root else {})}
        environ["DA_CONFIG_FILE"] = str(config or self.server.config_file())
        program = self.server.site.venv / "bin/docassemble-scheduler"
        done = subprocess.run(
            [program, *arguments],
            env=environ,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
            **({"umask": 0o022} if root else rights_of(self.uid)),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def foreign(self) -> list[Path]:
        """Return the files and folders that the user does not own."""
        found = (self.place, *self.place.rglob("*"))
        return [path for path in found if path.lstat().st_uid != self.uid]


@pytest.fixture(scope="module")
def user() -> str:
    if os.geteuid() != 0:
        reason = "only root can start programs as another user"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return docassemble_user()


def restart_celery(site: DevServer) -> None:
    """Do what supervisor does after an installation: the worker must know our task."""
    site.celery.stop_one("celery")
    site.celery.start_one("celery")
    site.celery.wait()


@pytest.fixture(scope="module")
def container(user: str, start_devserver: StartDevServer) -> Container:
    whose = {"function": "os.geteuid", "seconds": 1}
    scheduler: dict[str, Any] = {"test.heartbeat": {"crontab": YEARLY}, "in uwsgi": whose}
    scheduler["in celery"] = {**whose, "run on": "celery"}
    server = start_devserver({"scheduler": scheduler}, install=False, celery=["celery"], user=user)
    backups = server.site.home / "backups/of docassemble"
    scheduler["postgres_db_backup.run"] = {"crontab": YEARLY, "args": ["db", str(backups)]}
    server.configure({"scheduler": scheduler})
    install_by_docassemble(server, zip_of_checkout())
    restart_celery(server)
    return Container(server=server, user=user, tables=Tables(server.database_url), backups=backups)


def uids(pids: Sequence[int]) -> set[int]:
    return {Path(f"/proc/{pid}").stat().st_uid for pid in pids}


def wait_for_both(container: Container) -> None:
    """Wait until a uWSGI worker and a Celery worker have written to the log."""
    start = len(container.server.read_log())
    for job in ("in uwsgi", "in celery"):
        container.server.wait_for_log(
            rf"\[{job}\] ENDED after .*, returned {container.uid}$", 60, start=start
        )


def assert_all_is_the_users(container: Container) -> None:
    assert container.foreign() == []
    wait_for_both(container)


def test_all_processes_run_jobs_as_the_user_and_write_one_log(container: Container) -> None:
    server = container.server
    pids = [server.master_pid(), server.celery.main_pid("celery")]
    assert uids([*pids, *(child for pid in pids for child in children_of(pid))]) == {container.uid}
    wait_for_both(container)
    assert stat.S_IMODE(server.scheduler_log.stat().st_mode) == 0o644
    assert container.foreign() == []


@pytest.mark.parametrize("root", [False, True], ids=["user", "root"])
def test_the_command_line_works_and_leaves_the_user_all_files(container: Container, root: bool) -> None:
    for bytecode in site_packages(container.server).glob("docassemble/Scheduler/cli/__pycache__"):
        shutil.rmtree(bytecode)
    jobs = json.loads(container.type("jobs", "--json", root=root).stdout)
    assert {job["name"] for job in jobs} >= {"in uwsgi", "in celery", "test.heartbeat"}
    assert json.loads(container.type("check", "--json", root=root).stdout)["problems"] == []
    assert "heartbeat=" in container.type("run", "test.heartbeat", root=root).stderr
    assert_all_is_the_users(container)
    said = "SELECT actor FROM scheduler_event WHERE action = 'run here' ORDER BY id DESC LIMIT 1"
    assert container.tables.query(said)[0].actor == f"{'root' if root else container.user} (command line)"


def test_docassemble_writes_on_where_root_was_the_first_to_write(container: Container) -> None:
    """To the log, and to the folder of a Playground module, which is made anew at each start."""
    server = container.server
    saved = server.client().api(
        "POST",
        "/api/playground",
        server.api_key,
        data={"folder": "modules", "restart": "0"},
        files={"file": ("idle.py", PLAYGROUND_MODULE)},
    )
    assert saved.ok, saved.text
    logs = container.place / "empty log"
    logs.mkdir()
    os.chown(logs, container.uid, -1)
    config = server.config_file().with_name("elsewhere.yml")
    text = server.config_file().read_text(encoding="utf-8")
    config.write_text(text.replace(f'"{server.log_folder()}"', f'"{logs}"'), encoding="utf-8")
    os.chown(config, container.uid, -1)

    container.type("run", "test.heartbeat", root=True, config=config)

    written = list(logs.iterdir())
    (module,) = site_packages(server).glob("docassemble/playground*/idle.py")
    server.reload()
    assert_all_is_the_users(container)
    assert written
    assert module.exists()


def test_a_backup_is_readable_by_the_user_only(container: Container) -> None:
    container.type("run", "postgres_db_backup.run", root=True)
    made = [container.backups.parent, *container.backups.parent.rglob("*")]
    modes = {path: (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) for path in made}
    assert [path.suffix for path in made if path.is_file()] == [".tar"]
    assert {mode for path, mode in modes.items() if path.is_file()} == {(container.uid, 0o600)}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {(container.uid, 0o700)}
