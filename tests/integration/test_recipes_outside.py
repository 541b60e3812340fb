"""The recipes that talk with other systems, on one site, with those systems: each real, on this machine."""

import json
import os
import re
import stat
import tarfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest
import trustme
from moto.server import ThreadedMotoServer

from devserver import locks
from devserver.environment import check
from devserver.server import DevServer
from devserver.service import CHECKOUT
from devserver.settings import ADMIN_EMAIL
from devserver.waiting import until
from tests.integration.case_service import TOKEN, CaseService
from tests.integration.conftest import StartDevServer
from tests.integration.http_sink import HttpSink
from tests.integration.interviews import PLAYGROUND, Session, put_into_playground
from tests.integration.json_client import NEVER, JsonClient
from tests.integration.sftp_server import PASSWORD, USER, SftpServer
from tests.integration.tls_server import tls_server

PACKAGE = CHECKOUT / "examples/docassemble.SchedulerRecipes"
RECIPES = "docassemble.SchedulerRecipes"
#: what the recipes need and docassemble does not have
LIBRARIES = ("icalendar", "paramiko", "recurring-ical-events")
COURT = "Suffolk Superior Court"
BUCKET = "backups-of-tests"
SECRETS = (TOKEN, PASSWORD, "s3-secret-of-tests")


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    cases: CaseService
    court: SftpServer
    s3_url: str
    hooks: HttpSink
    authority: trustme.CA
    folder: Path

    @property
    def api(self) -> JsonClient:
        return JsonClient(server=self.server)

    def succeeds(self, job: str, function: str, *args: Any, **definition: Any) -> dict[str, Any]:
        """Run a function of the package as a new job; return its record when it has succeeded."""
        self.api.run(job, function=f"{RECIPES}.{function}", args=list(args), **definition)
        return self.api.last_run(job, "succeeded")

    def fails(self, job: str, function: str, *args: Any, **definition: Any) -> str:
        """Run a function of the package as a new job; return the error when it has failed."""
        self.api.run(job, function=f"{RECIPES}.{function}", args=list(args), **definition)
        record = self.api.last_run(job, "failed")
        return str(self.api.get("/run", id=record["id"])["error"])

    def again(self, job: str) -> dict[str, Any]:
        """Run a job once more; return the record of that run."""
        before = {each["id"] for each in self.runs(job)}
        self.api.post("/run_now", job=job)
        ended = ("succeeded", "failed")
        return until(
            lambda: next(
                (each for each in self.runs(job) if each["id"] not in before and each["status"] in ended),
                None,
            ),
            f"another run of {job}",
            60,
        )

    def log_of(self, record: dict[str, Any]) -> list[str]:
        """The lines that a run has logged."""
        return str(self.api.get("/run", id=record["id"])["log"] or "").splitlines()

    def runs(self, job: str) -> list[dict[str, Any]]:
        """The records of a job, newest first."""
        found: list[dict[str, Any]] = self.api.get("/runs", job=job)["runs"]
        return found

    def begin(self, interview: str) -> Session:
        """Begin a session of an interview of the package."""
        return Session.begin(self.server, f"{RECIPES}:data/questions/{interview}.yml")

    def call_from(self, case: str, phone: str) -> None:
        """Let somebody change the telephone number of a case."""
        assert "The office will have" in self.begin("phone").answer(case_number=case, phone=phone)

    def known(self, case: str) -> str:
        """What an interview says of a case."""
        return self.begin("phone").answer(case_number=case)

    def file(self, case: str, petition: bytes) -> None:
        """Let somebody hand in a petition."""
        said = self.begin("petition").answer(case_number=case, files={"petition": ("mine.pdf", petition)})
        assert "The court will have" in said

    @property
    def bucket(self) -> Any:
        return s3(self.s3_url).Bucket(BUCKET)

    def copies(self) -> set[str]:
        """The names of the objects in the bucket."""
        return {each.key for each in self.bucket.objects.all()}


def s3(url: str) -> Any:
    return boto3.session.Session().resource(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="tests",
        aws_secret_access_key="s3-secret-of-tests",
    )


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("recipes")
    incoming = folder / "court" / "incoming"
    incoming.mkdir(parents=True)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    with ExitStack() as at_end:
        moto.start()
        at_end.callback(moto.stop)
        s3_url = "http://{}:{}".format(*moto.get_host_and_port())
        s3(s3_url).create_bucket(Bucket=BUCKET)
        cases = at_end.enter_context(CaseService())
        court = at_end.enter_context(SftpServer(folder / "court"))
        hooks = at_end.enter_context(HttpSink())
        sftp = {"host": "127.0.0.1", "port": court.port, "user": USER, "password": PASSWORD}
        sftp |= {"folder": "/incoming", "host key": court.host_key}
        keys = {"access key id": "tests", "secret access key": "s3-secret-of-tests"}
        config = {
            "case management": {"url": cases.url, "token": TOKEN},
            "court sftp": sftp,
            "backup bucket": {"bucket": BUCKET, "endpoint url": s3_url, "region": "us-east-1", **keys},
            "scheduler": {
                "nobody comes": {
                    "function": f"{RECIPES}.silence.expect_sessions",
                    **NEVER,
                    "run as": ADMIN_EMAIL,
                    "args": [f"{PLAYGROUND}:quiet.yml"],
                    "notify": {"slack": f"{hooks.url}/slack"},
                    "monitor": f"{hooks.url}/check",
                }
            },
        }
        server = start_devserver(
            config, pythonpath=[PACKAGE], environ={"SSL_CERT_FILE": str(folder / "authority.pem")}
        )
        server.site.environments.pip_install(server.site.venv, *LIBRARIES, lock=locks.locked("dev"))
        put_into_playground(server, "questions", "quiet.yml", "mandatory: True\nquestion: Hello\n")
        yield Site(
            server=server,
            cases=cases,
            court=court,
            s3_url=s3_url,
            hooks=hooks,
            authority=authority,
            folder=folder,
        )


# --- a case management system --------------------------------------------------------------------


def test_cases_are_kept_in_step_both_ways(site: Site) -> None:
    for number in ("2026-1", "2026-2", "2026-3"):
        site.cases.change(number, client="Ada", phone="1")
    assert site.succeeds("sync", "case_sync.sync")["result"] == "0 sent, 3 received"
    site.call_from("2026-2", "22")
    assert site.again("sync")["result"] == "1 sent, 1 received"
    assert site.cases.cases["2026-2"] == {"client": "Ada", "phone": "22"}
    assert site.known("2026-2") == "Is 22 still your telephone number, Ada?"
    site.cases.change("2026-1", client="Grace")
    assert site.again("sync")["result"] == "0 sent, 1 received"
    assert site.known("2026-1") == "Is 1 still your telephone number, Grace?"
    assert site.again("sync")["result"] == "0 sent, 0 received"


def test_a_change_whose_answer_was_lost_is_sent_again_by_the_retry_and_made_once(site: Site) -> None:
    site.call_from("2026-1", "11")
    site.cases.troubles = [0]
    record = site.succeeds("unlucky sync", "case_sync.sync", retries=2, **{"retry delay": "1 second"})
    assert (record["attempt"], record["result"]) == (2, "1 sent, 1 received")
    assert list(site.cases.taken.values()).count("2026-1") == 1
    assert [status for method, status in site.cases.answers if method == "PATCH"][-2:] == [504, 204]


def test_the_limit_of_the_service_is_waited_for_within_the_run(site: Site) -> None:
    site.call_from("2026-1", "111")
    site.cases.troubles = [429, 429]
    record = site.succeeds("patient sync", "case_sync.sync")
    assert record["attempt"] == 1
    assert record["duration"] >= 2
    assert site.cases.cases["2026-1"]["phone"] == "111"


def test_a_change_that_is_refused_fails_the_run_and_is_kept_and_the_others_are_made(site: Site) -> None:
    site.call_from("2026-2", "222")
    site.call_from("2026-3", "33")
    closed = site.cases.cases.pop("2026-2")
    assert "refused, and kept: case 2026-2: 404 no such case" in site.fails("refused sync", "case_sync.sync")
    assert site.cases.cases["2026-3"]["phone"] == "33"
    site.cases.cases["2026-2"] = closed
    assert site.again("refused sync")["result"] == "1 sent, 1 received"
    assert site.cases.cases["2026-2"]["phone"] == "222"


# --- days on which courts are closed -------------------------------------------------------------


def calendar(*events: str) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN"]
    for number, event in enumerate(events):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{number}@tests",
            "DTSTAMP:20260101T000000Z",
            *event.split("\n"),
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def test_the_calendar_of_a_court_moves_the_last_day_of_a_time_limit(site: Site) -> None:
    today = datetime.now(timezone.utc).date()
    monday = today + timedelta(days=14 - today.weekday())
    holiday = f"DTSTART;VALUE=DATE:{monday:%Y%m%d}\nSUMMARY:Court holiday"
    site.cases.calendar = calendar(holiday)
    url = f"{site.cases.url}/calendar.ics"
    assert site.succeeds("court", "court_days.fetch", COURT, url)["result"].startswith("1 days until")
    saturday, tuesday = monday - timedelta(days=2), monday + timedelta(days=1)
    expected = f"Answer by {tuesday:%B} {tuesday.day}, {tuesday.year}."
    assert told(site, saturday) == expected
    site.cases.calendar = "<html>We have moved.</html>"
    assert site.again("court")["status"] == "failed"
    site.cases.calendar = calendar()
    assert site.again("court")["status"] == "failed"
    assert told(site, monday) == expected


def told(site: Site, day: date) -> str:
    """What somebody is told whose answer would be due on a day if no day were closed."""
    return site.begin("time_limit").answer(served_on=(day - timedelta(days=20)).isoformat())


# --- documents by SFTP ---------------------------------------------------------------------------


def test_a_document_of_an_interview_is_uploaded_once_under_its_name(site: Site) -> None:
    site.file("2026-1", b"%PDF \x00\xff")
    assert site.succeeds("upload", "sftp_upload.upload")["result"] == "1 documents"
    arrived = list((site.folder / "court/incoming").iterdir())
    assert [path.name for path in arrived] == ["2026-1 petition.pdf"]
    assert arrived[0].read_bytes() == b"%PDF \x00\xff"
    assert site.again("upload")["result"] == "nothing to upload"
    site.file("2026-1", b"%PDF amended")
    assert site.again("upload")["result"] == "1 documents"
    assert arrived[0].read_bytes() == b"%PDF amended"


def test_a_server_that_has_another_key_is_told_nothing_and_the_document_waits(site: Site) -> None:
    site.file("2026-2", b"%PDF waits")
    asked = site.court.asked
    with site.court.impersonated():
        assert "BadHostKeyException" in site.fails("careful upload", "sftp_upload.upload")
    assert site.court.asked == asked
    assert site.again("careful upload")["result"] == "1 documents"


# --- backups -------------------------------------------------------------------------------------


def test_a_backup_has_database_and_files_and_removes_the_old_ones(site: Site) -> None:
    folder = site.folder / "backups"
    site.file("2026-3", b"%PDF back me up")
    site.succeeds("backup", "backups.to_folder", str(folder), kwargs={"keep": "1 second"})
    dump, files = sorted(folder.rglob("*.tar"), key=lambda path: path.name.endswith("_files.tar"))
    with tarfile.open(files) as tar:
        contents = [tar.extractfile(each) for each in tar if each.isfile()]
        assert b"%PDF back me up" in [content.read() for content in contents if content is not None]
    assert stat.S_IMODE(files.stat().st_mode) == 0o600
    until(lambda: time.time() - files.stat().st_mtime > 2, "backup that is old", 30)
    assert site.again("backup")["status"] == "succeeded"
    assert len(list(folder.rglob("*.tar"))) == 2
    assert not dump.exists()
    assert not files.exists()


def test_backups_are_copied_to_a_bucket_once_and_the_old_ones_removed_there_but_nothing_else(
    site: Site,
) -> None:
    folder = site.folder / "copied"
    older, newer = "2026/11/29_04.00.00_db.tar", "2026/11/30_04.00.00_db.tar"
    for name in (older, newer, "2026/11/30_04.00.00_files.tar"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"the backup {name}")
    site.bucket.put_object(Key="2026/notes.txt", Body=b"of somebody else")
    site.succeeds("copy", "backups.to_s3", str(folder))
    copied = {path.relative_to(folder).as_posix() for path in folder.rglob("*.tar")}
    assert site.copies() == {*copied, "2026/notes.txt"}
    assert site.bucket.Object(older).get()["Body"].read() == f"the backup {older}".encode()

    again = site.again("copy")
    assert (again["status"], site.log_of(again)) == ("succeeded", [])

    os.utime(folder / newer, (time.time() + 60,) * 2)  # young enough for the shortest time
    site.succeeds("short copy", "backups.to_s3", str(folder), kwargs={"keep": "1 second"})
    assert site.copies() == {*copied, "2026/notes.txt"} - {older}


def test_a_folder_without_backups_fails_the_copy(site: Site) -> None:
    assert "there is no backup in" in site.fails("empty copy", "backups.to_s3", str(site.folder / "nothing"))


# --- certificates --------------------------------------------------------------------------------


def test_a_certificate_that_expires_soon_or_has_expired_fails_the_run_and_is_named(site: Site) -> None:
    with (
        tls_server(site.authority, timedelta(days=60)) as good,
        tls_server(site.authority, timedelta(days=10)) as soon,
        tls_server(site.authority, -timedelta(days=1)) as expired,
        tls_server(trustme.CA(), timedelta(days=60)) as unknown,
    ):
        site.succeeds("certificates", "certificates.check", [good])
        site.succeeds("few days", "certificates.check", [good, soon], kwargs={"days": 7})
        error = site.fails("bad certificates", "certificates.check", [good, soon, expired, unknown])
    assert good not in error
    assert f"{soon}: its certificate expires in 9 days" in error
    assert re.search(rf"{expired}: .*certificate has expired", error)
    assert re.search(rf"{unknown}: .*unable to get local issuer certificate", error)


# --- an alarm when nothing happens ---------------------------------------------------------------


def test_slack_and_the_monitor_are_told_when_nobody_comes_and_when_somebody_does(site: Site) -> None:
    assert site.again("nobody comes")["status"] == "failed"
    first = until(lambda: site.hooks.below("/slack"), "message to Slack", 90)[0]
    assert f"nobody has used {PLAYGROUND}:quiet.yml for 24 hours" in json.dumps(json.loads(first.body))
    failed = until(lambda: site.hooks.below("/check/fail"), "ping of the monitor", 30)[0]
    assert "nobody has used" in failed.body
    Session.begin(site.server, "quiet.yml")
    assert site.again("nobody comes")["status"] == "succeeded"
    until(lambda: site.hooks.below("/slack")[1:], "end of the alarm", 150)
    assert [each.path for each in site.hooks.below("/check")] == [
        "/check/start",
        "/check/fail",
        "/check/start",
        "/check",
    ]


def test_a_job_that_does_not_succeed_any_more_is_missed(site: Site) -> None:
    assert "empty copy has not succeeded for 3 hours" in site.fails(
        "misses", "silence.expect_success", "empty copy", kwargs={"hours": 3}
    )
    site.succeeds("misses nothing", "silence.expect_success", "certificates")


# --- all of them ---------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_is_in_the_log(site: Site, secret: str) -> None:
    assert secret not in site.server.read_log()


def test_docassemble_still_has_what_it_pins(site: Site) -> None:
    check(site.server.site.venv, site.server.site.release)
