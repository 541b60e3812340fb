"""A plain script: python scripted.py; no web server, nothing of docassemble was loaded before."""

import json
import sys

from docassemble.Scheduler import SchedulerError, cancel, history, jobs, log, run_now, schedule_in


def main() -> None:
    """Call what scripts call, and print what came of it."""
    found = {state.name: str(state.job.time_zone) for state in jobs()}
    added = schedule_in("3 days", "site_jobs.commanded.tell", id="by a script", retries=3)
    try:
        schedule_in("3 days", "site_jobs.commanded.tell", retry=3)  # type: ignore[call-arg]
    except SchedulerError as error:
        refused = error.hint
    log("written by a script")
    document = {
        "jobs": found,
        "added": added,
        "cancelled": cancel("by a script"),
        "refused": refused,
        "requested": run_now("hourly"),
        "history": len(history("ticking")),
        "loaded": "docassemble.webapp.server" in sys.modules,
    }
    print(json.dumps(document))  # noqa: T201 - a script


if __name__ == "__main__":
    main()
