"""docassemble's Celery workers, started as its image does; the broker is the embedded Redis."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from devserver.service import Service, tail

#: Queue to (processes, extra arguments).
QUEUES: Mapping[str, tuple[int, tuple[str, ...]]] = {"celery": (2, ()), "single": (1, ("-n", "worker1@%h"))}


class Celery:
    """The two workers: queue ``celery`` and queue ``single``."""

    def __init__(self, venv: Path, log: Path, env: Mapping[str, str]) -> None:
        # Celery refuses to unpickle as root unless told that this is meant.
        env = {**env, "C_FORCE_ROOT": "true"}
        self._services = [
            Service(
                [
                    *(venv / "bin/celery", "-A", "docassemble.webapp.worker", "worker", "--loglevel=INFO"),
                    *(f"--concurrency={processes}", "-Q", queue, *extra),
                ],
                log=log / f"celery-{queue}.log",
                env=env,
                cwd=log,
            )
            for queue, (processes, extra) in QUEUES.items()
        ]

    def start(self) -> None:
        """Start both; see ``wait``."""
        for service in self._services:
            service.log.parent.mkdir(parents=True, exist_ok=True)
            service.log.write_bytes(b"")
            service.start()

    def wait(self) -> None:
        """Wait until both take tasks."""
        for service in self._services:
            service.wait_until(partial(_is_ready, service), "ready Celery worker", 120)

    def begin_stop(self) -> None:
        """Have both stopped; does not wait."""
        for service in self._services:
            service.begin_stop(at_once=not _is_ready(service))

    def stop(self) -> None:
        """Stop both, with the tasks they run."""
        self.begin_stop()
        for service in self._services:
            service.stop()


def _is_ready(service: Service) -> bool:
    return " ready." in tail(service.log, 200)
