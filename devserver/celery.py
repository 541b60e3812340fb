"""docassemble's Celery workers, started as its image does; the broker is what the configuration says."""

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

from devserver.processes import children_of
from devserver.service import Service, tail

#: Queue to (processes, extra arguments).
QUEUES: Mapping[str, tuple[int, tuple[str, ...]]] = {"celery": (2, ()), "single": (1, ("-n", "worker1@%h"))}


class Celery:
    """A worker for each of some queues: all, unless it is said which."""

    def __init__(
        self,
        venv: Path,
        log: Path,
        env: Mapping[str, str],
        queues: Collection[str] = tuple(QUEUES),
        *,
        user: int | None = None,
    ) -> None:
        if user is None:
            # Celery refuses to unpickle as root unless told that this is meant.
            env = {**env, "C_FORCE_ROOT": "true"}
        self._services = {
            queue: Service(
                [
                    *(venv / "bin/celery", "-A", "docassemble.webapp.worker", "worker", "--loglevel=INFO"),
                    *(f"--concurrency={processes}", "-Q", queue, *extra),
                ],
                log=log / f"celery-{queue}.log",
                env=env,
                cwd=log,
                user=user,
            )
            for queue, (processes, extra) in QUEUES.items()
            if queue in queues
        }

    def start(self) -> None:
        """Start all; see ``wait``."""
        for queue in self._services:
            self.start_one(queue)

    def start_one(self, queue: str) -> None:
        """Start the worker of one queue, which may have been stopped or killed."""
        service = self._services[queue]
        service.log.parent.mkdir(parents=True, exist_ok=True)
        service.log.write_bytes(b"")
        service.start()

    def wait(self) -> None:
        """Wait until all take tasks."""
        for service in self._services.values():
            service.wait_until(partial(_is_ready, service), "ready Celery worker", 120)

    def stop_one(self, queue: str) -> None:
        """Stop the worker of one queue."""
        self._services[queue].stop()

    def main_pid(self, queue: str) -> int:
        """The pid of a worker's main process."""
        return self._services[queue].pid

    def task_pids(self, queue: str) -> list[int]:
        """The pids of the processes in which a worker runs its tasks."""
        return children_of(self.main_pid(queue))

    def begin_stop(self) -> None:
        """Have all stopped; does not wait."""
        for service in self._services.values():
            service.begin_stop(at_once=not _is_ready(service))

    def stop(self) -> None:
        """Stop all, with the tasks they run."""
        self.begin_stop()
        for service in self._services.values():
            service.stop()


def _is_ready(service: Service) -> bool:
    return " ready." in tail(service.log, 200)
