# do not pre-load
"""Write the answers of many sessions into a file, in a Celery worker, and say how far it is."""

import json
from pathlib import Path

from docassemble.base.util import DA, get_session_variables

from docassemble.Scheduler import current_run
from docassemble.SchedulerRecipes.sessions import find


def answers(interview: str, file: str) -> str:
    """Write the variables of each session that is not encrypted, one JSON object a line."""
    run = current_run()
    assert run is not None  # only the scheduler calls this function
    readable = DA.Sessions.encrypted == False  # noqa: E712 - docassemble makes SQL of it
    sessions = [each["session"] for each in find(readable, interview)]
    partial = Path(f"{file}.part")
    with partial.open("w", encoding="utf-8") as lines:
        for session in run.track(sessions, text="sessions written"):
            lines.write(json.dumps(get_session_variables(interview, session)) + "\n")
    if run.should_stop():
        return "stopped: the file is as it was before"
    partial.replace(file)
    return f"{len(sessions)} sessions in {file}"
