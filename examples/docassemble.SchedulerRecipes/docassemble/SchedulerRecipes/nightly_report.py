# do not pre-load
"""Mail a report as PDF each night: the sessions of the last day."""

from io import BytesIO

from docassemble.base.util import DA, DAFile, send_email
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from docassemble.SchedulerRecipes.sessions import ago, find


def send(recipient: str) -> str:
    """Mail the sessions that were changed within 24 hours."""
    since = ago(hours=24)
    title = f"Sessions since {since:%d %B %Y, %H:%M} UTC"
    rows = [(each["filename"], each["modtime"]) for each in find(DA.Sessions.modtime >= since)]
    report = DAFile("report")
    report.initialize(filename="report.pdf")
    report.write(as_pdf(title, [("Interview", "Last change"), *rows]), binary=True)
    report.commit()
    if not send_email(to=recipient, subject=title, body=title, attachments=[report], config="default"):
        raise RuntimeError(f"the report could not be mailed to {recipient}")
    return f"{len(rows)} sessions"


def as_pdf(title: str, rows: list[tuple[str, str]]) -> bytes:
    """Return a PDF with a title and a table."""
    file = BytesIO()
    table = Table(rows, repeatRows=1, hAlign="LEFT")
    SimpleDocTemplate(file, title=title).build([Paragraph(title, getSampleStyleSheet()["Title"]), table])
    return file.getvalue()
