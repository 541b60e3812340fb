# do not pre-load
"""How the jobs we ship obey when their run is to stop: they ask between two steps, and wait in short stretches."""

from __future__ import annotations

from docassemble.Scheduler.current import current_run

#: how long a job waits for something outside at a time (seconds): what ends the job is raised between two waits only
STRETCH = 0.2


def stop_if_asked() -> None:
    """Raise what ends the present run, if it was asked to stop."""
    run = current_run()
    if run is not None and run.should_stop() and run.stop_reason is not None:
        raise run.stop_reason.exception()
