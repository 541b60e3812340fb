# do not pre-load
"""Delete old sessions, sooner than docassemble does."""

from docassemble.base.util import DA, interview_list

from docassemble.SchedulerRecipes.sessions import ago


def old_sessions(interview: str, hours: float) -> str:
    """Delete the sessions of an interview that nobody has changed for so many hours."""
    old = DA.Sessions.modtime < ago(hours=hours)
    deleted = interview_list(
        user_id="all", filename=interview, query=old, action="delete_all", delete_shared=True
    )
    if deleted is None:
        raise RuntimeError("docassemble has deleted nothing: it does not count the user as signed in")
    return f"{deleted} deleted"
