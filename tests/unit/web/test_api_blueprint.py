"""The JSON API in a Flask of its own: who is answered, how, and what is refused."""

from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import flask_login
import pytest
from flask import Flask, session
from flask_wtf.csrf import CSRFProtect

from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.host import access
from docassemble.Scheduler.management.permissions import Caller
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.store.records import RunReport
from docassemble.Scheduler.web.api.endpoints import ENDPOINTS
from docassemble.Scheduler.web.api.fields import MAX_BODY
from docassemble.Scheduler.web.api.views import JsonApi
from docassemble.Scheduler.web.concurrency_limit import ConcurrencyLimit
from tests.unit.management.managers import ALICE, BOB, FUNCTION, NOON, Management
from tests.unit.management.waiting import SESSION, let_wait

API = "/api/scheduler"
ID = "0" * 32
ROOT = Caller(name="root@example.com", privileges=frozenset({"admin"}))
LOCKED = {"function": FUNCTION, "hours": 1, "lock": "x" * 191}


def key_of(caller=ALICE):
    """Return how an API learns whose key a request has; as docassemble does, it signs them in."""

    def key_owner():
        session["user"] = caller and caller.name
        return caller

    return key_owner


@pytest.fixture
def management():
    return Management()


def client_of(monkeypatch, manager, key_owner, limit=None):
    app = Flask("site")
    app.config.update(SECRET_KEY="x", TESTING=True)
    CSRFProtect(app)
    monkeypatch.setattr(access, "flask_app", lambda: app)
    for _ in range(2):  # docassemble may load us twice
        access.add_api(JsonApi(manager, key_owner, limit or ConcurrencyLimit(4)).blueprint())
    client = app.test_client()
    client.environ_base["HTTP_X_API_KEY"] = "any"
    return client


@pytest.fixture
def client(monkeypatch, management):
    return client_of(monkeypatch, lambda: management.manager, key_of())


def test_what_is_described_is_served_and_nothing_else(client):
    rules = [rule for rule in client.application.url_map.iter_rules() if rule.rule.startswith(API)]
    served = {rule.rule.removeprefix(API) for rule in rules} - {"/<path:_rest>"}
    assert served == {each.path for each in ENDPOINTS}
    for each in ENDPOINTS:
        answer = client.open(API + each.path, method=each.method)
        assert answer.status_code in (200, 400), each


def test_jobs_are_told_as_json(client):
    answer = client.get(f"{API}/jobs")
    assert [each["name"] for each in answer.json["jobs"]] == ["minutely", "off"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_action_puts_on_record_whose_key_it_was(client, management):
    assert client.post(f"{API}/pause", json={"job": "minutely"}).json == {"changed": True}
    assert client.post(f"{API}/pause", json={"job": "minutely"}).json == {"changed": False}
    assert client.post(f"{API}/run_now", json={"job": "minutely"}).json["order"]
    assert sorted((each.actor, each.action) for each in management.store.events()) == [
        (ALICE.name, "pause"),
        (ALICE.name, "run"),
    ]


def test_a_job_is_added_and_cancelled(client, management):
    body = {"name": "a/new one", "definition": {"function": FUNCTION, "minutes": 5}}
    assert client.post(f"{API}/job", json=body).json["schedule"] == "every 5 minutes"
    there = {"name": "a/new one"}
    assert client.get(f"{API}/job", query_string=there).json["added"]["by"] == ALICE.name
    assert client.delete(f"{API}/job", query_string=there).json == {"changed": True}
    assert client.delete(f"{API}/job", query_string=there).json == {"changed": False}


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        (
            "job",
            {"name": "x", "definition": {"function": "os.system", "args": ["id"], "hours": 1}},
            "`os.system`",
        ),
        ("run_now", {"job": "minutely", "args": [1]}, f"`{FUNCTION}`"),
    ],
)
def test_what_docassemble_does_not_let_somebody_do_is_refused_in_words(
    monkeypatch, management, path, body, told
):
    answer = client_of(monkeypatch, lambda: management.manager, key_of(BOB)).post(f"{API}/{path}", json=body)
    assert answer.status_code == 403
    assert answer.json.startswith("Docassemble does not let you run code of your own, so you may not ")
    assert told in answer.json
    assert "ask an administrator" in answer.json
    assert list(management.store.events()) == []


def test_runs_are_found_and_failures_grouped(client, management):
    due = NOON + timedelta(minutes=1)
    (claim,) = management.store.claim([ClaimRequest(management.registry.find("minutely"))], due)
    failed = Outcome(status=Status.FAILED, started=due, finished=due, error=ValueError("no case 17"))
    management.store.finish(claim.run, failed)

    def found(path, **parameters):
        return client.get(API + path, query_string=parameters).json

    wanted = {"status": "failed,timed out", "since": "2026-03-01T12:01:00Z", "q": "CASE 1"}
    assert [run["id"] for run in found("/runs", **wanted)["runs"]] == [claim.run.id]
    assert found("/runs", until="2026-03-01T12:01:00Z") == {"runs": [], "before": None}
    (group,) = found("/failures")["groups"]
    assert (group["error"], group["count"], group["newest"]) == ("ValueError: no case #", 1, claim.run.id)
    assert [run["id"] for run in found("/runs", error=group["error"])["runs"]] == [claim.run.id]


def test_due_times_that_passed_without_a_success_are_told_and_run(client, management):
    management.clock.move(timedelta(minutes=3))
    wanted = {"job": "minutely", "since": "2026-03-01T12:01:00Z", "until": "2026-03-01T13:02:00+01:00"}
    told = client.get(f"{API}/backfill", query_string=wanted).json
    assert told == {"job": "minutely", "missed": ["2026-03-01T12:01:00+00:00", "2026-03-01T12:02:00+00:00"]}
    assert client.post(f"{API}/backfill", json=wanted).json == {"requested": 2}
    del wanted["until"]
    assert client.post(f"{API}/backfill", json=wanted).json == {"requested": 3}
    assert management.store.events()[0].actor == ALICE.name


def test_a_run_says_where_it_is_to_administrators_only(monkeypatch, management):
    due = NOON + timedelta(minutes=1)
    (claim,) = management.store.claim([ClaimRequest(management.registry.find("minutely"))], due)
    answers = {}
    for who in (ROOT, ALICE):
        client = client_of(monkeypatch, lambda: management.manager, key_of(who))
        answers[who] = client.post(f"{API}/ask_where", json={"run": claim.run.id})
    assert answers[ROOT].json == {"changed": True}
    assert answers[ALICE].status_code == 403
    assert "only administrators" in answers[ALICE].json.lower()
    assert management.store.stack_requests([claim.run.id]) == {claim.run.id}
    report = RunReport(
        run=claim.run.id, started=due, pid=1, thread="job", stack="in nap, line 7", stack_at=due
    )
    management.store.report([report])
    for who, stack in ((ROOT, "in nap, line 7"), (ALICE, None)):
        client = client_of(monkeypatch, lambda: management.manager, key_of(who))
        run = client.get(f"{API}/run", query_string={"id": claim.run.id}).json
        assert (run["stack"], run["stack_at"] is None) == (stack, stack is None)
        assert "stack" not in client.get(f"{API}/runs").json["runs"][0]


def test_metrics_are_text(client):
    answer = client.get(f"{API}/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'docassemble_scheduler_job_paused{job="minutely"} 0' in answer.text


@pytest.mark.parametrize("path", ["/jobs", "/metrics", "/openapi.json", "/nothing"])
def test_without_a_good_key_there_is_docassembles_answer_whatever_is_asked(monkeypatch, management, path):
    client = client_of(monkeypatch, lambda: management.manager, key_of(None))
    answer = client.get(API + path)
    assert (answer.status_code, answer.json) == (403, "Access denied.")


def test_a_key_in_a_cookie_is_refused_because_browsers_send_it_by_themselves(client, management):
    client.set_cookie("X-API-Key", "the right one")
    answer = client.post(f"{API}/pause", json={"job": "minutely"})
    assert (answer.status_code, answer.json) == (403, "Access denied.")
    assert list(management.store.events()) == []


def test_no_session_comes_out_though_docassemble_signs_in_whose_key_it_is(client):
    answers = (client.get(f"{API}/jobs"), client.get(f"{API}/nothing"), client.post(f"{API}/pause", json={}))
    assert [answer.headers.get("Set-Cookie") for answer in answers] == [None] * 3


@pytest.mark.parametrize(
    ("request_", "options", "status", "told"),
    [
        ("GET /nothing", {}, 404, "openapi.json says what there is"),
        ("PUT /jobs", {}, 405, "does not take that method"),
        ("OPTIONS /jobs", {}, 405, "does not take that method"),
        ("GET /job", {}, 400, "Name is missing"),
        ("GET /backfill?job=minutely", {}, 400, "Since is missing"),
        ("GET /backfill?job=minutely&since=2026-03-01", {}, 400, "has no time zone"),
        ("GET /backfill?job=minutely&since=1990-03-01T00:00:00Z", {}, 409, "more than 10,000"),
        ("POST /backfill", {"json": {"job": "off", "since": "2026-03-01T00:00:00Z"}}, 409, "is disabled"),
        ("GET /job?name=minutly", {}, 404, "Did you mean 'minutely'?"),
        ("GET /job?name=%00", {}, 400, "NUL"),
        ("GET /jobs?x=1", {}, 400, "It takes none."),
        ("GET /runs?limit=1&limit=2", {}, 400, "2 times"),
        ("GET /runs?limit=501", {}, 400, "from 1 to 500"),
        (f"GET /run?id={ID}", {}, 404, "There is no run"),
        ("POST /stop", {"json": {"run": ID}}, 404, "There is no run"),
        ("POST /run_now", {"json": {"job": "off"}}, 409, "is disabled"),
        ("POST /ask_where", {"json": {"run": ID}}, 403, "Only administrators"),
        ("DELETE /job?name=minutely", {}, 409, "stands in the configuration"),
        ("POST /pause", {"data": {"job": "minutely"}}, 415, "Content-Type: application/json"),
        ("POST /pause", {"json": {"job": "x" * MAX_BODY}}, 413, "larger than 100,000 bytes"),
        ("POST /pause", {"json": ["key"]}, 400, "is not a JSON object"),
        ("POST /job", {"json": {"name": "new", "definition": {"minuts": 5}}}, 400, "`minutes`"),
        ("POST /job", {"json": {"name": " ", "definition": {}}}, 400, "cannot be the name"),
        ("POST /job", {"json": {"name": "x" * 191, "definition": LOCKED}}, 400, "cannot be the name"),
        ("POST /job", {"json": {"name": "x", "definition": LOCKED}}, 400, "Use at most 190 characters"),
        ("POST /job", {"json": {"name": "a\0b", "definition": LOCKED}}, 400, "NUL"),
        ("POST /job", {"json": {"name": "x", "definition": {"lock": "\ud800"}}}, 400, "half"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(client, request_, options, status, told):
    method, _, path = request_.partition(" ")
    answer = client.open(API + path, method=method, **options)
    assert answer.status_code == status
    assert told in answer.json


def test_a_wrong_method_is_told_the_right_ones(client):
    assert client.put(f"{API}/job").headers["Allow"] == "GET, POST, DELETE"


def test_a_head_is_a_get_without_its_body(client):
    answer = client.head(f"{API}/jobs")
    assert (answer.status_code, answer.data) == (200, b"")


def test_the_key_may_stand_in_the_address(client):
    assert client.get(f"{API}/servers?key=abc").status_code == 200


def test_without_the_database_it_says_so(monkeypatch):
    def away():
        raise StoreUnavailable("no route to the database", hint="Start it.")

    answer = client_of(monkeypatch, away, key_of()).get(f"{API}/jobs")
    assert (answer.status_code, answer.json) == (503, "No route to the database. Start it.")


@pytest.mark.parametrize(
    ("verified", "limited", "is_good"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_a_key_is_good_when_docassemble_says_so_and_its_permissions_are_not_limited(
    monkeypatch, verified, limited, is_good
):
    asked = []
    monkeypatch.setattr(access, "api_verify", lambda roles: asked.append(roles) or verified)
    monkeypatch.setattr(access, "signed_in", lambda: ALICE)
    monkeypatch.setattr(flask_login, "current_user", SimpleNamespace(limited_api=limited))
    assert access.key_owner() == (ALICE if is_good else None)
    assert asked == [("admin", "developer")]


def test_a_call_that_would_wait_for_the_database_beside_too_many_others_is_refused_at_once(
    monkeypatch, management
):
    limit = ConcurrencyLimit(1, timeout=0)
    client = client_of(monkeypatch, lambda: management.manager, key_of(), limit)
    with limit.turn():
        answer = client.get(f"{API}/jobs")
    assert answer.status_code == 503
    assert "As many requests as may be at once (1)" in answer.json
    assert client.get(f"{API}/jobs").status_code == 200


def test_without_a_key_nobody_waits_for_the_body(client):
    class Slow(BytesIO):
        def read(self, *_size):
            raise AssertionError("nobody must wait for it")

    del client.environ_base["HTTP_X_API_KEY"]
    answer = client.post(f"{API}/run_now", input_stream=Slow(b"{" * 90_000))
    assert (answer.status_code, answer.json) == (403, "Access denied.")


def test_everything_is_paused_with_a_note_and_resumed(client):
    assert client.get(f"{API}/pause_all").json == {"pause": None}
    assert client.post(f"{API}/pause_all", json={"note": "The database moves"}).json == {"changed": True}
    pause = client.get(f"{API}/pause_all").json["pause"]
    assert (pause["by"], pause["note"], pause["of_all"]) == (ALICE.name, "The database moves", True)
    assert client.get(f"{API}/job?name=minutely").json["pause"] == pause
    assert "docassemble_scheduler_everything_paused 1" in client.get(f"{API}/metrics").text
    answer = client.post(f"{API}/resume", json={"job": "minutely"})
    assert (answer.status_code, "everything is paused" in answer.text.lower()) == (409, True)
    assert client.post(f"{API}/resume_all", json={}).json == {"changed": True}
    assert "docassemble_scheduler_everything_paused 0" in client.get(f"{API}/metrics").text
    events = client.get(f"{API}/events").json["events"]
    assert {(each["what"], each["job"], each["note"]) for each in events} == {
        ("pause all", "", "The database moves"),
        ("resume all", "", None),
    }


def test_actions_in_sessions_are_listed_page_by_page_but_not_in_which_session(client, management):
    for number in range(3):
        let_wait(management.store, f"number {number}", due=NOON + timedelta(hours=number // 2 + 1))
    path, found, page = f"{API}/session_actions", [], {}
    while listed := (answer := client.get(path, query_string={"limit": 2, **page}).json)["session_actions"]:
        assert answer["count"] == 3
        assert SESSION not in str(answer)
        found += [each["id"] for each in listed]
        page = {"after_due": listed[-1]["due"], "after_job": listed[-1]["job"]}
    assert sorted(found) == ["number 0", "number 1", "number 2"]
    assert client.get(path, query_string={"interview": "other.yml"}).json["session_actions"] == []
