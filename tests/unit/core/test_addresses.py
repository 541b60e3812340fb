"""Addresses show their host and nothing else, in whatever text they stand (A4)."""

from __future__ import annotations

import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.problem import Problem
from docassemble.Scheduler.core.texts.error_text import MAX_MESSAGE, ErrorText, summary
from docassemble.Scheduler.core.texts.excerpt import excerpt, masked, shown_address
from docassemble.Scheduler.core.texts.text import CUT
from docassemble.Scheduler.execution.log.logger import make_harmless
from docassemble.Scheduler.notifications.healthchecks import Ping
from docassemble.Scheduler.notifications.variables import variables_of
from tests.unit.config.blocks import read, read_job

SECRET = "T0k3nOfT0000"
SLACK = f"https://hooks.slack.com/services/T000/B000/{SECRET}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (SLACK, "https://hooks.slack.com/..."),
        (f"https://{SECRET}@o1.ingest.sentry.io/42", "https://o1.ingest.sentry.io/..."),
        (f"https://me:{SECRET}@ntfy.sh:8443/?auth={SECRET}", "https://ntfy.sh:8443/..."),
        (f"https://example.com?key={SECRET}", "https://example.com/..."),
        (f"https://example.com#{SECRET}", "https://example.com/..."),
        ("https://example.com", "https://example.com"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        (f"https://me:{SECRET}/@example.com/", "https://..."),
        (f"https://example.com:{SECRET}/", "https://..."),
        (f"https://me:1/{SECRET}@example.com/", "https://..."),
        (f"postgresql://da:{SECRET}@db.example.com/docassemble", "postgresql://db.example.com/..."),
        ("", ""),
    ],
)
def test_an_address_shows_its_scheme_and_host(url: str, shown: str) -> None:
    assert shown_address(url) == shown


TEXTS = [
    ("{}", "https://hooks.slack.com/..."),
    ("see ({}).", "see (https://hooks.slack.com/...)."),
    ("500 Server Error: No for url: {}", "500 Server Error: No for url: https://hooks.slack.com/..."),
    ("url='{}', more", "url='https://hooks.slack.com/...', more"),
    ('{{"url":"{}","id":5}}', '{"url":"https://hooks.slack.com/...","id":5}'),
    ("URL('{} with spaces')", "URL('https://hooks.slack.com/...')"),
    ("<{}>", "<https://hooks.slack.com/...>"),
    ("{}\n{}", "https://hooks.slack.com/...\nhttps://hooks.slack.com/..."),
    ("Location: {}", "Location: https://hooks.slack.com/..."),
]


@pytest.mark.parametrize(("text", "shown"), TEXTS)
def test_what_stands_around_an_address_stays(text: str, shown: str) -> None:
    assert masked(text.format(SLACK, SLACK)) == shown
    assert masked(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        f"HTTPSConnectionPool(host='hooks.slack.com', port=443): Max retries exceeded with url: /services/{SECRET} (Ca",
        f"Invalid URL 'hooks.slack.com/services/{SECRET}': No scheme supplied. Perhaps you meant {SLACK}?",
        f"Failed to parse: hooks.slack.com:x/{SECRET}",
        f"URL can't contain control characters. '/services/{SECRET} x' (found at least ' ')",
        f"nonnumeric port: '{SECRET}@example.com'",
        f"Port could not be cast to integer value as '{SECRET}'",
        SLACK.replace("/", "\\/"),
        requests.utils.quote(SLACK, safe=""),
        f"https://other.example/?next={requests.utils.quote(SLACK, safe='')}",
        SLACK.upper().replace(SECRET.upper(), SECRET),
        f"https://h/it's/{SECRET}",
        f"https://hooks.slack.com/serv{CUT}{SECRET} and more",
        f"https://hooks.slack.com/serv{CUT}a/{SECRET[:3]}",
    ],
)
def test_no_way_to_write_an_address_shows_what_is_secret_in_it(text: str) -> None:
    assert SECRET[:3] not in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "`url` must begin with http:// or https:// and the name of a host",
        "ValueError: no such case: 5 / 3",
        "/usr/share/docassemble/log/scheduler.log",
        "`http://`",
        f"a long text {CUT} of words",
        "the URL is wrong",
    ],
)
def test_a_text_without_addresses_stays_as_it_is(text: str) -> None:
    assert masked(text) == text


@given(
    st.lists(
        st.sampled_from(
            ["'", '"', " ", "(", ")", "https://", "h.example", "/", ":", "@", "?", "...", "url: ", "\\"]
        )
    )
)
def test_masking_twice_changes_nothing_more(pieces: list[str]) -> None:
    once = masked("".join(pieces))
    assert SECRET not in masked(f"{once} {SLACK}")


@pytest.mark.parametrize(
    "piece",
    [
        "'http://",
        '"a://',
        "http://",
        "url: /",
        "Invalid URL ",
        "'",
        ":",
        "a",
        "http://a.",
        ").",
        CUT,
        "%3a%2f",
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    before = time.perf_counter()
    masked(text)
    masked(f"http://a{text}")
    assert time.perf_counter() - before < 3


# --- in what we say of errors


def raised(function: Callable[[], object]) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is
        function()
    return caught.value


def answered() -> None:
    response = requests.Response()
    response.status_code, response.url, response.reason = 500, SLACK, "No"
    response.raise_for_status()


def chained() -> None:
    try:
        requests.get(f"http://127.0.0.1:1/services/{SECRET}", timeout=1)
    except requests.RequestException as error:
        raise RuntimeError("the report was not sent") from error


def in_context() -> None:
    try:
        answered()
    finally:
        raise ValueError(f"cannot reach {SLACK}")


def with_a_note() -> None:
    error = ValueError("no")
    error.__notes__ = [f"asked {SLACK}"]  # type: ignore[attr-defined]
    raise error


def in_the_middle_of_much() -> None:
    half = MAX_MESSAGE // 2
    raise ValueError("x" * (half - 30) + f" {SLACK} " + "y " * half)


TROUBLES = [
    answered,
    chained,
    in_context,
    with_a_note,
    in_the_middle_of_much,
    lambda: requests.get(SLACK.replace("https", "htps"), timeout=1),
    lambda: requests.get(SLACK.removeprefix("https://"), timeout=1),
    lambda: urllib.request.urlopen(f"http://me:{SECRET}@127.0.0.1/", timeout=1),
    lambda: urllib.request.urlopen(f"http://127.0.0.1:1/{SECRET} x", timeout=1),
    lambda: eval("1/0 # https://hooks.slack.com/services/T0k3nOfT0000"),  # its source has it
]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a4_errors_of_jobs_show_no_secret_address_in_records_mails_and_logs(
    trouble: Callable[[], object],
) -> None:
    error = raised(trouble)
    text = ErrorText.of(error)
    record = logging.LogRecord(
        "x", 40, __file__, 1, "failed: %s, %r", (error, error), (type(error), error, None)
    )
    bare = logging.LogRecord("x", 40, __file__, 1, error, (), None)
    for each in (record, bare):
        make_harmless(each)
    said = [text.message, text.traceback, text.line, summary(error), record.getMessage(), bare.getMessage()]
    said += [record.exc_text or "", variables_of(error, f"{__name__}.job")]
    assert [each for each in said if SECRET in each] == []


@pytest.mark.parametrize("size", range(MAX_MESSAGE - 120, MAX_MESSAGE + 60, 7))
@pytest.mark.parametrize("behind", [" ", "\n", " and more"])
def test_a_long_message_that_is_cut_within_an_address_shows_none_of_its_rest(size: int, behind: str) -> None:
    half = MAX_MESSAGE // 2
    error = ValueError("x" * (size - half) + f" {SLACK}{behind}" + "y" * (half - len(behind) - 6))
    assert "T0000" not in ErrorText.of(error).message


# --- in problems of the configuration


@pytest.mark.parametrize(
    "line",
    [f"monitr: {SLACK}", f"function: {SLACK}", f"crontab: {SLACK}", f"monitor: [{SLACK}]", f"{SLACK}: 1"],
)
def test_a_problem_shows_no_secret_address(line: str) -> None:
    problems = read_job(f"every: 1 hour\n{line}").problems
    assert problems
    for problem in problems:
        assert SECRET not in f"{problem} {problem.place}"


def test_a_setting_that_is_unknown_shows_no_secret_address() -> None:
    for problem in read(f"monitor: {SLACK}\ntest.job:\n  every: 1 hour\n").problems:
        assert SECRET not in str(problem)


def test_a_hint_of_ours_keeps_the_address_it_shows() -> None:
    problem = Problem(code="x", path=(), sentence="No.", hint="Write `https://example.com/ping`.")
    assert problem.hint == "Write `https://example.com/ping`."
    assert excerpt(SLACK) == "https://hooks.slack.com/..."


@pytest.mark.parametrize(
    ("url", "host"),
    [(SLACK, "hooks.slack.com"), (f"https://me:{SECRET}@h:1/x", "h:1"), (f"https://me:{SECRET}/@h/x", "...")],
)
def test_the_log_names_a_monitor_by_its_host(url: str, host: str) -> None:
    assert Ping(url=url).host == host


PARTS = [
    *"urlUR :/\\'\"=@x",
    "http://x/y",
    "https:\\/\\/x\\/y",
    "http%3A%2F%2Fx%2Fy",
    "invalid URL ",
    "base 10: '",
]


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map("".join))
def test_what_is_quickly_seen_to_have_no_address_has_none(text):
    looked_at = "\n//\n%2f"
    assert masked(text) == masked(text + looked_at).removesuffix(looked_at)
