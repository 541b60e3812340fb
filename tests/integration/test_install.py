"""Installed by docassemble's own Package Management, by its own Celery worker: new, and over what 0.2.2 left."""

import io
import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devserver.environment import check
from devserver.errors import DevServerError
from devserver.server import DevServer
from devserver.service import CHECKOUT
from devserver.waiting import until
from docassemble.Scheduler import __version__

CONFIG: dict[str, Any] = {"scheduler": {"test.heartbeat": {"seconds": 1}}}

#: of later setuptools nobody knows how long they know `namespace_packages`
BUILD_OF_STAND_IN = """\
[build-system]
requires = ["setuptools>=64,<81"]
build-backend = "setuptools.build_meta"
"""
SETUP_OF_STAND_IN = """\
from setuptools import find_packages, setup

setup(
    name='docassemble.Scheduler',
    version='0.2.2',
    packages=find_packages(),
    namespace_packages=['docassemble'],
    zip_safe=False,
)
"""
NAMESPACE = """\
try:
    import pkg_resources
    pkg_resources.declare_namespace(__name__)
except ImportError:
    import pkgutil
    __path__ = pkgutil.extend_path(__path__, __name__)
"""
OLD_MODULE = """\
# do not pre-load
raise RuntimeError("a module of 0.2.2 is still there")
"""


def files_of_checkout() -> list[str]:
    """What a commit of the working tree would hold."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    return sorted(name for name in set(listed.split("\0")) if name and (CHECKOUT / name).is_file())


def zip_of_checkout() -> bytes:
    """The ZIP that GitHub would make."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in files_of_checkout():
            archive.write(CHECKOUT / name, f"docassemble-Scheduler-main/{name}")
    return content.getvalue()


def zip_of_0_2_2() -> bytes:
    """A package with the name, the version and the layout of the published 0.2.2."""
    files = {
        "pyproject.toml": BUILD_OF_STAND_IN,
        "setup.py": SETUP_OF_STAND_IN,
        "docassemble/__init__.py": NAMESPACE,
        "docassemble/Scheduler/__init__.py": "__version__ = '0.2.2'\n",
        "docassemble/Scheduler/setup_scheduler.py": OLD_MODULE,
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"docassemble-Scheduler-0.2.2/{name}", text)
    return content.getvalue()


def install_by_docassemble(site: DevServer, content: bytes) -> str:
    """Hand a ZIP to docassemble's API and wait until docassemble says that it is done and restarted."""
    archive = ("docassemble-Scheduler-main.zip", content)
    return change_packages(site, "POST", files={"zip": archive})


def change_packages(site: DevServer, method: str, **options: Any) -> str:
    """Have docassemble install or remove a package; return what its log says when it has restarted."""
    client = site.client()
    begun = client.api(method, "/api/package", site.api_key, **options)
    assert begun.status_code == 200, begun.text
    task = begun.json()["task_id"]

    def answer() -> dict[str, Any]:
        # docassemble restarts in between and does not answer for a while
        try:
            status = client.api("GET", "/api/package_update_status", site.api_key, params={"task_id": task})
            told: dict[str, Any] = status.json()
        except OSError:
            return {}
        return {} if told["status"] == "working" else told

    told = until(answer, "installed package", 300, every=0.5)
    assert told["status"] == "completed", told
    assert told["ok"], told
    return str(told["log"])


def versions(site: DevServer) -> dict[str, str]:
    """All installed packages."""
    lines = site.run_python("-m", "pip", "list", "--format=freeze").stdout.splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def site_packages(site: DevServer) -> Path:
    return next(site.site.venv.glob("lib/python3*/site-packages"))


def assert_that_jobs_run(site: DevServer) -> None:
    site.wait_for_log(rf"INFO Scheduler {re.escape(__version__)}: 1 jobs, 1 of them enabled, 0 problems", 60)
    site.wait_for_log(r"\[test.heartbeat\] heartbeat=", 60)
    site.wait_for_log(r"\[test.heartbeat\] ENDED", 60)


def test_the_zip_names_the_package_where_docassemble_looks() -> None:
    names = files_of_checkout()
    assert [name for name in names if name.endswith("setup.py")] == ["setup.py"]
    assert "docassemble/__init__.py" not in names
    setup = (CHECKOUT / "setup.py").read_text(encoding="utf-8")
    assert re.search(r"""^\s*name=['"]docassemble\.Scheduler['"],$""", setup, re.MULTILINE)


@pytest.mark.every_release
def test_a_docassemble_that_never_had_it_runs_jobs_after_the_installation(
    start_devserver: Callable[..., DevServer],
) -> None:
    site = start_devserver(CONFIG, install=False, celery=True)
    assert not site.scheduler_log.exists()
    with pytest.raises(DevServerError):
        site.run_python("-c", "import docassemble.Scheduler")
    check(site.site.venv, site.site.release)
    before = versions(site)
    worker = site.worker_pid()

    log = install_by_docassemble(site, zip_of_checkout())

    assert "docassemble.Scheduler" in log
    assert site.worker_pid() != worker, "docassemble restarted itself"
    assert_that_jobs_run(site)
    check(site.site.venv, site.site.release)
    added = {"docassemble.Scheduler": __version__, "cronsim": versions(site)["cronsim"]}
    assert versions(site) == {**before, **added}
    for name in ("celery-celery.log", "celery-single.log"):
        assert not re.search(r"Scheduler \S+: \d+ jobs", site.read_log(name=name))


def install_0_2_2(site: DevServer) -> Path:
    """Install it as administrators did, leave what pip of then left; return the file that makes the namespace."""
    install_by_docassemble(site, zip_of_0_2_2())
    packages = site_packages(site)
    # pip of today leaves it out of the wheel; where it is, nobody ever removes it
    (packages / "docassemble/__init__.py").write_text(NAMESPACE, encoding="utf-8")
    (namespace,) = packages.glob("*cheduler*nspkg.pth")
    return namespace


@pytest.mark.slow
def test_it_takes_the_place_of_0_2_2(start_devserver: Callable[..., DevServer]) -> None:
    site = start_devserver(CONFIG, install=False, celery=True)
    namespace = install_0_2_2(site)
    left_behind = namespace.read_text(encoding="utf-8")
    assert versions(site)["docassemble.Scheduler"] == "0.2.2"
    check(site.site.venv, site.site.release)
    site.reload()

    install_by_docassemble(site, zip_of_checkout())

    assert_that_jobs_run(site)
    check(site.site.venv, site.site.release)
    assert versions(site)["docassemble.Scheduler"] == __version__
    assert not (site_packages(site) / "docassemble/Scheduler/setup_scheduler.py").exists()

    # an uninstallation that went wrong leaves it
    namespace.write_text(left_behind, encoding="utf-8")
    site.reload()
    site.wait_for_log(r"\[test.heartbeat\] ENDED", 60, start=len(site.read_log()))


@pytest.mark.slow
def test_after_an_uninstallation_docassemble_comes_up_and_jobs_go_on_when_it_is_back(
    start_devserver: Callable[..., DevServer],
) -> None:
    site = start_devserver(CONFIG, install=False, celery=True)
    install_by_docassemble(site, zip_of_checkout())
    assert_that_jobs_run(site)

    change_packages(site, "DELETE", params={"package": "docassemble.Scheduler"})

    assert "docassemble.Scheduler" not in versions(site)
    for config in (CONFIG, {}):
        site.configure(config)
        site.reload()
        said = len(site.read_log())
        assert site.client().get("/user/profile").status_code == 200
        assert site.client().get("/scheduler").status_code == 404
    assert site.read_log()[said:] == ""
    site.configure(CONFIG)
    install_by_docassemble(site, zip_of_checkout())
    site.wait_for_log(r"\[test.heartbeat\] MISSED due .* and \d+ more", 60, start=said)
    site.wait_for_log(r"\[test.heartbeat\] ENDED", 60, start=said)
