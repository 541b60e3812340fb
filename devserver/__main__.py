"""``python -m devserver run``: a real docassemble to look at, until Ctrl-C. ``prepare`` installs what it needs."""

import argparse
import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from devserver import debian, interpreters, ports
from devserver.environment import Environments
from devserver.errors import DevServerError
from devserver.follow import Follower
from devserver.progress import say
from devserver.releases import VERSIONS, release
from devserver.server import DATABASES, DEFAULT_STATE, DevServer
from devserver.settings import ADMIN_EMAIL, ADMIN_PASSWORD
from devserver.welcome import boxed, welcome
from devserver.wrapper import write_wrapper

#: The same at each start, so that a browser's tab and its session stay good.
PORT = 8765


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m devserver", description=__doc__)
    commands = top.add_subparsers(required=True)
    _add_run(commands.add_parser("run", help="start, follow scheduler.log, stop"))
    _add_prepare(
        commands.add_parser("prepare", help="install what sites need, so that they start in seconds")
    )
    return top


def _add_prepare(prepare: argparse.ArgumentParser) -> None:
    prepare.set_defaults(carry_out=_prepare)
    prepare.add_argument(
        "--docassemble", choices=(*VERSIONS, "all"), help="which release (default: as for run)"
    )
    prepare.add_argument(
        "--state", type=Path, default=DEFAULT_STATE, metavar="DIR", help="where everything is kept"
    )


def _prepare(options: argparse.Namespace) -> None:
    debian.provide(debian.BROWSER)
    environments = Environments(options.state / "environments")
    versions = VERSIONS if options.docassemble == "all" else [options.docassemble or _newest()]
    for version in versions:
        environments.prepare(release(version))


def _add_run(run: argparse.ArgumentParser) -> None:
    run.set_defaults(carry_out=_run)
    run.add_argument(
        "--config", type=Path, metavar="FILE", help="YAML merged over the devserver's configuration"
    )
    run.add_argument(
        "--docassemble",
        choices=VERSIONS,
        help="which release (default: the newest that a Python here can run)",
    )
    run.add_argument(
        "--servers", type=int, default=1, metavar="N", help="uWSGI servers that share the databases"
    )
    run.add_argument("--seconds", type=float, metavar="S", help="stop by itself so long after it is ready")
    run.add_argument(
        "--port", type=int, metavar="P", help=f"of the first server (default: {PORT}, or a free one)"
    )
    run.add_argument(
        "--pythonpath", type=Path, action="append", default=[], metavar="DIR", help="more modules"
    )
    run.add_argument(
        "--state", type=Path, default=DEFAULT_STATE, metavar="DIR", help="where everything is kept"
    )
    run.add_argument(
        "--environments", type=Path, metavar="DIR", help="where the environments are, if others share them"
    )
    run.add_argument(
        "--fresh", action="store_true", help="begin with an empty database, Redis, logs and uploads"
    )
    run.add_argument(
        "--database",
        choices=DATABASES,
        default=DATABASES[0],
        help="a PostgreSQL of the devserver's own (default), or a database on the MariaDB of TEST_MARIADB, which is "
        "dropped at the end",
    )
    run.add_argument("--celery", action="store_true", help="start docassemble's Celery workers too")
    run.add_argument(
        "--mules", type=int, default=0, metavar="N", help="let uWSGI have mules, in which jobs then run"
    )


def main(arguments: list[str]) -> int:
    """Run until told to stop. 0 unless it could not start."""
    options = parser().parse_args(arguments)
    try:
        with _interruptible():
            options.carry_out(options)
    except DevServerError as error:
        say(str(error))
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    server = DevServer(
        options.config,
        docassemble=options.docassemble or _newest(),
        servers=options.servers,
        state=options.state,
        pythonpath=options.pythonpath,
        celery=options.celery,
        port=choose_port(options.port, options.servers),
        fresh=options.fresh,
        environments=options.environments,
        uwsgi={"mules": options.mules} if options.mules else None,
        database=options.database,
    )
    follower = Follower(server.scheduler_log)
    follower.skip()
    with server:
        _show(server, options)
        try:
            follower.run(options.seconds)
        finally:
            say("stopping")


def choose_port(asked: int | None, servers: int) -> int | None:
    """Return the first server's port, or None for free ones.

    Raises DevServerError when a port that was asked for is taken.
    """
    first = asked or PORT
    taken = [port for port in range(first, first + servers) if not ports.is_free(port)]
    if not taken:
        return first
    if asked:
        raise DevServerError(f"port {taken[0]} is taken by another program; give another --port, or none")
    say(f"port {taken[0]} is taken by another program; using a free one")
    return None


def _newest() -> str:
    """Choose the release, and say why when it is not the newest one."""
    chosen, why = interpreters.newest()
    say(f"taking docassemble {chosen.version}" + (f", because {why}" if why else ", the newest one"))
    return chosen.version


def _show(server: DevServer, options: argparse.Namespace) -> None:
    for index, url in enumerate(server.urls):
        log = server.log_folder(index) / "scheduler.log"
        print(f"ready {url} log={log} admin={ADMIN_EMAIL}/{ADMIN_PASSWORD}", flush=True)
    wrapper = write_wrapper(server.site, server.environ())
    title = f"docassemble {server.site.release.version} with docassemble.Scheduler"
    rows = welcome(server.url, server.scheduler_log, wrapper, seconds=options.seconds, folder=Path.cwd())
    print(boxed(title, rows), flush=True)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP end the block, in good order; once that began, they are ignored."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, interrupt)
    with contextlib.suppress(KeyboardInterrupt):
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
