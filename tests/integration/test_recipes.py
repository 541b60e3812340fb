"""The recipes about sessions and mails, on one site: their package is installed on docassemble's own page."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from devserver.server import DevServer
from devserver.service import CHECKOUT
from devserver.waiting import until
from tests.integration.browser import chromium, sign_in
from tests.integration.conftest import StartDevServer
from tests.integration.interviews import PLAYGROUND, Session, put_into_playground
from tests.integration.json_client import JsonClient
from tests.integration.records import Tables
from tests.integration.smtp_sink import SmtpSink, text_of

pytestmark = pytest.mark.every_release

PROJECT = CHECKOUT / "examples" / "docassemble.SchedulerRecipes"
PACKAGE = PROJECT / "docassemble" / "SchedulerRecipes"
FILING = "docassemble.SchedulerRecipes:data/questions/filing.yml"
#: the interview before it has moved into the package, with the same variables
FORMER = f"{PLAYGROUND}:filing.yml"
#: one that reminds after seconds, not days
HASTY = f"{PLAYGROUND}:hasty.yml"
#: the blocks of the recipes that are tested here
OURS = ("nightly_report", "usage", "purge", "export", "migration")
#: how many sessions are enough to see the progress of a job: a run of less than two seconds reports none
MANY = 3_000


def scheduler_block(*names: str) -> dict[str, Any]:
    """The jobs of recipes, as their blocks have them."""
    texts = [(PACKAGE / "data/sources" / f"{name}.yml").read_text(encoding="utf-8") for name in names]
    blocks = [yaml.load(text, Loader=yaml.FullLoader)["scheduler"] for text in texts]
    return {name: job for block in blocks for name, job in block.items()}


def zip_of_package() -> bytes:
    """What somebody uploads who has the folder."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(PROJECT.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(PROJECT.parent))
    return content.getvalue()


def install(page: Page, server: DevServer) -> None:
    """Upload the package on docassemble's page Package Management, and wait until docassemble has restarted."""
    server.wait_for_log(r"Scheduler \S+: \d+ jobs")
    said = len(server.read_log())
    page.goto(f"{server.url}/updatepackage")
    package = {"name": "SchedulerRecipes.zip", "mimeType": "application/zip", "buffer": zip_of_package()}
    page.set_input_files("input[type=file]", package)  # type: ignore[arg-type]
    page.locator("form").get_by_role("button", name="Update").first.click()
    # that page gives up after a while: the machine may be busy
    server.wait_for_log(r"Scheduler \S+: \d+ jobs", 400, start=said)
    page.goto(f"{server.url}/updatepackage")
    expect(page.get_by_text("docassemble.SchedulerRecipes").first).to_be_visible()


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    sink: SmtpSink
    tables: Tables
    browser: Browser

    @property
    def api(self) -> JsonClient:
        return JsonClient(server=self.server)

    def begin(self, job: str, **arguments: Any) -> str:
        """Order a run of a job; return its identifier when it has begun."""
        order = self.api.post("/run_now", job=job, **arguments)["order"]
        statement = "SELECT run FROM scheduler_event WHERE id = :order AND run IS NOT NULL"
        return str(until(lambda: self.tables.query(statement, order=order), f"run of {job}", 60)[0].run)

    def end(self, run: str) -> Any:
        """Wait until a run has ended; return its record."""
        statement = "SELECT * FROM scheduler_run WHERE id = :run AND status <> 'running'"
        return until(lambda: self.tables.query(statement, run=run), f"end of run {run}", 120)[0]

    def result(self, job: str, **arguments: Any) -> Any:
        """Run a job; return what it has returned."""
        record = self.end(self.begin(job, **arguments))
        assert record.status == "succeeded", record.error
        return json.loads(record.result)

    def error(self, job: str, **arguments: Any) -> str:
        """Run a job that fails; return its error."""
        record = self.end(self.begin(job, **arguments))
        assert record.status == "failed", record.result
        return str(record.error)

    def visit(self, url: str) -> Page:
        """Open a page as somebody who has not been here before."""
        page = self.browser.new_context().new_page()
        page.goto(url)
        return page

    def file_claim(self, address: str, interview: str = FILING) -> Page:
        """Begin to file a claim in a browser: up to the second question."""
        page = self.visit(f"{self.server.url}/interview?i={interview}")
        page.get_by_label("E-mail").fill(address)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="What do you claim?")).to_be_visible()
        return page

    def latest(self, interview: str) -> str:
        """The session of an interview that was changed last."""
        statement = "SELECT key FROM userdict WHERE filename = :interview ORDER BY indexno DESC"
        return str(self.tables.query(statement, interview=interview)[0].key)

    def reminder(self) -> Any:
        """The row of the reminder that was scheduled last."""
        return self.tables.query("SELECT * FROM scheduler_session_action ORDER BY at DESC")[0]

    def reminded(self, reminder: str) -> Any:
        """Wait until a reminder has been run; return the record."""
        statement = "SELECT * FROM scheduler_run WHERE job = :job AND status <> 'running'"
        return until(lambda: self.tables.query(statement, job=reminder), f"run of {reminder}", 120)[0]

    def start(self, interview: str = FORMER, **variables: Any) -> Session:
        """Start a session by docassemble's API, and set variables in it."""
        folder, _, file = interview.partition(":")
        assert folder == PLAYGROUND
        session = Session.begin(self.server, file)
        session.set(**variables)
        return session

    def age(self, session: str, hours: float) -> None:
        """Let a session have been changed so many hours ago."""
        moment = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(hours=hours)
        self.tables.query(
            "UPDATE userdict SET modtime = :moment WHERE key = :key", moment=moment, key=session
        )

    def names_of(self, session: str) -> set[str]:
        """The interviews that a session belongs to; none when it was deleted."""
        found = self.tables.query("SELECT filename FROM userdict WHERE key = :key", key=session)
        return {row.filename for row in found}


@pytest.fixture(scope="module")
def site(
    docassemble: str, start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    celery_modules = ["docassemble.Scheduler.celery_task"] if docassemble.startswith("1.9.") else []
    with SmtpSink() as sink, chromium() as browser:
        config = {
            "mail": sink.directive,
            "celery modules": celery_modules,
            "scheduler": scheduler_block(*OURS),
        }
        server = start_devserver(config, celery=["celery"])
        admin = browser.new_context().new_page()
        sign_in(admin, server.url)
        install(admin, server)
        interview = (PACKAGE / "data/questions/filing.yml").read_text(encoding="utf-8")
        assert '"3 days"' in interview
        put_into_playground(server, "questions", "filing.yml", interview)
        put_into_playground(server, "questions", "hasty.yml", interview.replace('"3 days"', '"20 seconds"'))
        yield Site(server=server, sink=sink, tables=Tables(server.database_url), browser=browser)
        # the environment of the site is used again
        server.run_python("-m", "pip", "uninstall", "--quiet", "--yes", "docassemble.SchedulerRecipes")


def test_the_package_is_installed_and_no_block_has_a_problem(site: Site) -> None:
    assert site.api.get("/problems")["problems"] == []
    for job in scheduler_block(*OURS):
        assert site.api.get("/job", name=job)["state"] == "ok"


def test_an_interview_of_the_package_schedules_a_reminder_in_three_days(site: Site) -> None:
    begun = datetime.now(timezone.utc).replace(tzinfo=None)
    page = site.file_claim("ada@example.com")
    waits = site.reminder()
    assert waits.interview == FILING
    assert timedelta(days=3) <= waits.due - begun <= timedelta(days=3, minutes=2)
    page.get_by_role("textbox", name="Claim").fill("My deposit")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Your claim is filed")).to_be_visible()


def test_a_visitor_who_does_not_finish_is_reminded_and_the_link_leads_into_the_session(site: Site) -> None:
    site.file_claim("grace@example.com", HASTY)
    mail = site.sink.wait_for("Your claim is not filed yet")
    assert mail["To"] == "grace@example.com"
    assert site.reminded(site.reminder().name).status == "succeeded"
    page = site.visit(text_of(mail).strip())
    expect(page.get_by_role("heading", name="What do you claim?")).to_be_visible()


def test_nobody_is_reminded_of_a_claim_that_is_filed(site: Site) -> None:
    session = site.start(HASTY, claim="My deposit", is_filed=True)
    site.api.host(
        "POST", "/api/session", json={**session.place, "variables": {"address": "joan@example.com"}}
    )
    reminder = site.reminder()
    assert reminder.interview == HASTY
    assert site.reminded(reminder.name).status == "succeeded"
    assert [mail["To"] for mail in site.sink.about("Your claim")].count("joan@example.com") == 0


def test_a_reminder_fails_when_the_mail_server_does_not_take_it(site: Site) -> None:
    with site.sink.closed():
        site.file_claim("hedy@example.com", HASTY)
        record = site.reminded(site.reminder().name)
    assert record.status == "failed"
    assert "the reminder could not be mailed" in record.error


def test_the_nightly_report_is_a_pdf_with_the_sessions_of_the_day(site: Site, tmp_path: Path) -> None:
    used, unused = site.start(address="a@example.com"), site.start(address="b@example.com")
    site.age(used.id, 23)
    site.age(unused.id, 25)
    told = site.result("Nightly report")
    (mail,) = site.sink.about("Sessions since")
    assert mail["To"] == "manager@example.com"
    (report,) = mail.iter_attachments()
    assert (report.get_filename(), report.get_content_type()) == ("report.pdf", "application/pdf")
    file = tmp_path / "report.pdf"
    file.write_bytes(report.get_content())
    program = "import sys; from pdfminer.high_level import extract_text; print(extract_text(sys.argv[1]))"
    text = site.server.run_python("-c", program, file).stdout
    assert "Sessions since" in text
    assert told == f"{text.count('docassemble.')} sessions"
    (row,) = site.tables.query(
        "SELECT count(DISTINCT key) AS used FROM userdict WHERE modtime >= :since",
        since=datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(hours=24),
    )
    assert told == f"{row.used} sessions"


@pytest.mark.parametrize(
    ("job", "error"),
    [
        ("Nightly report", "the report could not be mailed to manager@example.com"),
        ("Usage of the week", "the figures could not be mailed to manager@example.com"),
    ],
)
def test_a_job_fails_when_the_mail_server_does_not_take_its_mail(site: Site, job: str, error: str) -> None:
    with site.sink.closed():
        assert error in site.error(job)


def test_the_figures_of_the_week_count_each_session_once(site: Site) -> None:
    site.age(site.start(address="c@example.com").id, 24 * 8)
    told = site.result("Usage of the week")
    rows = site.tables.query(
        "SELECT filename, count(DISTINCT key) AS used FROM userdict WHERE modtime >= :since GROUP BY filename",
        since=datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(days=7),
    )
    assert told == {row.filename: row.used for row in rows}
    mail = site.sink.wait_for("Usage of the week")
    assert f"{told[FORMER]}: {FORMER}" in text_of(mail)


def test_a_purge_deletes_what_nobody_has_changed_for_so_long_and_nothing_else(site: Site) -> None:
    site.file_claim("left@example.com")
    left = site.latest(FILING)
    site.file_claim("present@example.com")
    present = site.latest(FILING)
    other = site.start(address="d@example.com")
    for session in (left, other.id):
        site.age(session, 13)
    assert site.result("Purge what visitors have left") == "1 deleted"
    assert site.names_of(left) == set()
    assert site.names_of(present) == {FILING}
    assert site.names_of(other.id) == {FORMER}
    assert site.result("Purge what visitors have left") == "0 deleted"


def copy_session(site: Site, session: str, copies: int) -> None:
    """Copy a session in the database, as it is now: faster than to start so many."""
    for table, columns in (
        ("userdict", "dictionary, user_id, encrypted, modtime"),
        ("userdictkeys", "user_id"),
    ):
        latest = "AND indexno = (SELECT max(indexno) FROM userdict WHERE key = :key)"
        site.tables.query(
            f"INSERT INTO {table} (filename, key, {columns}) SELECT filename, key || n, {columns}"
            f" FROM {table}, generate_series(1, :copies) n WHERE key = :key"
            f" {latest if table == 'userdict' else ''}",
            copies=copies,
            key=session,
        )


def test_a_long_job_runs_in_a_celery_worker_and_says_how_far_it_is(site: Site, tmp_path: Path) -> None:
    copy_session(site, site.start(address="e@example.com").id, MANY)
    file = tmp_path / "answers.jsonl"
    run = site.begin("Export of answers", args=[FORMER, str(file)])
    shown = until(lambda: (it := site.api.get("/run", id=run))["progress"] and it, "progress", 120)
    assert shown["progress"]["total"] > MANY
    assert shown["progress"]["text"] == "sessions written"
    assert shown["pid"] in site.server.celery.task_pids("celery")
    assert not file.exists(), "it appears when it is whole"
    record = site.end(run)
    assert record.status == "succeeded", record.error
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == shown["progress"]["total"]
    assert [line.get("address") for line in lines].count("e@example.com") == MANY + 1

    # one that is stopped leaves the file of the last one
    before = file.read_bytes()
    run = site.begin("Export of answers", args=[FORMER, str(file)])
    until(lambda: site.api.get("/run", id=run)["progress"], "progress", 120)
    site.api.post("/stop", run=run)
    assert site.end(run).status in ("stopped", "interrupted")
    assert file.read_bytes() == before


def test_a_migration_is_run_once_and_sessions_go_on_under_the_new_name(site: Site) -> None:
    session = site.start(address="f@example.com")
    job = "Rename the interview of filings"
    assert site.api.get("/job", name=job)["next_due"].startswith("2999-01-16T")

    missing = {"old": FORMER, "new": "docassemble.SchedulerRecipes:data/questions/nothing.yml"}
    assert "nothing.yml" in site.error(job, kwargs=missing)
    assert site.names_of(session.id) == {FORMER}, "nothing has changed"

    done = site.result(job, kwargs={"old": FORMER, "new": FILING})
    assert done["userdict"] >= 1
    assert done["userdictkeys"] >= 1
    assert site.names_of(session.id) == {FILING}
    page = site.visit(f"{site.server.url}/interview?i={FILING}&session={session.id}")
    expect(page.get_by_text("we remind f@example.com")).to_be_visible()

    again = site.result(job, kwargs={"old": FORMER, "new": FILING})
    assert set(again.values()) == {0}
