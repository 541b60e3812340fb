"""A site with a user of its own lies as in docassemble's container, on a Python that the user can start."""

import os
from pathlib import Path

import pytest

from devserver import container
from devserver.container import ContainerSite
from devserver.environment import Environments
from devserver.errors import DevServerError
from devserver.interpreters import Interpreter
from devserver.releases import NEWEST

PYVENV = "home = /root/python/bin\nversion_info = 3.12.1\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ContainerSite:
    program = tmp_path / "python/bin/python3.12"
    program.parent.mkdir(parents=True)
    program.touch()
    python = Interpreter(path=program, version=(3, 12, 1))
    monkeypatch.setattr(container, "number_of", lambda user: os.getuid())
    monkeypatch.setattr(container, "open_to_all", lambda folder: True)
    monkeypatch.setattr(container.interpreters, "find", lambda release: python)
    return ContainerSite(tmp_path / "site", Environments(tmp_path), NEWEST, install=False, user="www-data")


def test_all_files_lie_below_one_root(site: ContainerSite) -> None:
    server = site.server(0)
    files = [server.config, server.ini, server.wsgi, server.uwsgi_log, site.files, site.venv]
    assert [str(path.relative_to(site.root)) for path in files] == [
        "config/config.yml",
        "config/docassemble.ini",
        "webapp/docassemble.wsgi",
        "log/uwsgi.log",
        "files",
        "local3.12",
    ]


def test_a_container_has_one_server(site: ContainerSite) -> None:
    with pytest.raises(DevServerError, match="one server"):
        site.server(1)


@pytest.mark.parametrize("reachable", [True, False])
def test_the_environment_has_a_python_that_the_user_can_start(
    site: ContainerSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reachable: bool
) -> None:
    made = site.environments.docassemble(NEWEST)
    (made / "bin").mkdir(parents=True)
    (made / "bin/python").symlink_to(tmp_path / "python/bin/python3.12")
    (made / "pyvenv.cfg").write_text(PYVENV, encoding="utf-8")
    (made / "made").write_text("docassemble", encoding="utf-8")
    monkeypatch.setattr(container, "within_reach", lambda folder: folder if reachable else tmp_path / "copy")

    site._make_environment()

    python = tmp_path / ("python" if reachable else "copy") / "bin/python3.12"
    assert (site.venv / "bin/python").readlink() == python
    home = "/root/python/bin" if reachable else python.parent
    assert (site.venv / "pyvenv.cfg").read_text(encoding="utf-8") == PYVENV.replace(
        "/root/python/bin", str(home)
    )
