"""docassemble's Celery workers, started as its image does; the broker is the embedded Redis."""

from collections.abc import Mapping
from pathlib import Path

from devserver.service import Service, tail
from devserver.waiting import until

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
            until(
                lambda each=service: each.check() or " ready." in tail(each.log, 200),
                "ready Celery worker",
                120,
            )  # type: ignore[misc]

    def stop(self) -> None:
        """Stop both, with the tasks they run."""
        for service in self._services:
            service.stop()
