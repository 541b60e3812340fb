"""The variables of the stack in a mail: of the job's own code, short, secrets masked."""

import sys
import time
import types

import pytest

from docassemble.Scheduler.notifications.variables import MAX_TEXT, is_secret, variables_of

HERE = f"{__name__}.job"


def text_of(function, name=HERE):
    try:
        function()
    except BaseException as error:
        return variables_of(error, name)
    raise AssertionError("nothing was raised")


def text_with(**variables):
    """The text for a function with these variables."""

    def job():
        locals_here = variables  # noqa: F841 - shown as one mapping
        raise ValueError

    return text_of(job)


def test_each_frame_of_the_job_is_shown_with_its_place_and_variables():
    def inner(number):
        doubled = number * 2
        raise ValueError(doubled)

    def outer():
        client = "Ms. Smith"
        inner(len(client))

    text = text_of(outer)
    assert 'test_variables.py", line ' in text
    assert text.index("in outer\n") < text.index("    client = 'Ms. Smith'") < text.index("in inner\n")
    assert "    number = 9\n    doubled = 18" in text


def library(monkeypatch, name, source):
    module = types.ModuleType(name)
    exec(source, vars(module))
    monkeypatch.setitem(sys.modules, name, module)
    return module


def test_frames_of_other_packages_are_left_out(monkeypatch):
    other = library(monkeypatch, "otherlib", "def send(body):\n    hidden = body\n    raise ValueError")

    def job():
        other.send("text")

    text = text_of(job)
    assert "in job" in text
    assert "in send" not in text
    assert "hidden" not in text


@pytest.mark.parametrize(
    ("function", "module", "own"),
    [
        ("docassemble.MyPackage.reports.weekly", "docassemble.MyPackage.reports", True),
        ("docassemble.MyPackage.reports.weekly", "docassemble.MyPackage.letters.pdf", True),
        ("docassemble.MyPackage.reports.weekly", "docassemble.MyPackageToo.reports", False),
        ("docassemble.MyPackage.reports.weekly", "docassemble.base.util", False),
        ("docassemble.playground7Taxes.reports.weekly", "docassemble.playground7Taxes.other", True),
        ("docassemble.playground7Taxes.reports.weekly", "docassemble.playground8.other", False),
        ("test.heartbeat", "docassemble.Scheduler.tasks.test", True),
        ("test.heartbeat", "docassemble.Scheduler.execution.executor", False),
        ("docassemble.Scheduler.tasks.test.heartbeat", "docassemble.Scheduler.tasks.test", True),
        ("docassemble.Scheduler.tasks.test.heartbeat", "docassemble.Scheduler.execution.executor", False),
        ("mypackage.jobs.run", "mypackage.tools", True),
        ("mypackage.jobs.run", "mypackages.tools", False),
    ],
)
def test_what_is_the_jobs_own_code_is_told_by_the_package_of_its_function(monkeypatch, function, module, own):
    job = library(monkeypatch, module, "def job():\n    number = 21\n    raise ValueError").job
    assert ("number = 21" in text_of(job, function)) is own


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "passwd",
        "PASSPHRASE",
        "db_password",
        "pwd",
        "client_secret",
        "token",
        "access_token",
        "key",
        "apiKey",
        "authorization",
        "credentials",
        "cookie",
        "session_id",
        "dsn",
        "private_pem",
        "signature",
    ],
)
def test_names_that_look_like_secrets_are_known(name):
    assert is_secret(name)


@pytest.mark.parametrize("name", ["name", "count", "client", "url", "x", "recipient"])
def test_other_names_are_no_secrets(name):
    assert not is_secret(name)


def test_a_variable_with_the_name_of_a_secret_is_masked_and_not_even_asked_what_it_is():
    class Asked:
        asked = False

        def __repr__(self):
            Asked.asked = True
            return "hunter2"

    def job():
        password, api_key = Asked(), "hunter2"
        raise ValueError((password is None, api_key is None))

    text = text_of(job)
    assert "    password = (masked)" in text
    assert "    api_key = (masked)" in text
    assert "hunter2" not in text
    assert not Asked.asked


class Says:
    """An object that says this of itself."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


class Odd(dict):
    """A mapping of its own kind."""


@pytest.mark.parametrize(
    "value",
    [
        {"password": "hunter2"},
        {"db": {"name": "da", "password": "hunter2"}},
        [{"api key": "hunter2"}],
        {b"token": b"hunter2"},
        Odd(password="hunter2"),
        ("password", "hunter2"),
        Says("Config(user='da', password='hunter2')"),
        Says('Config(user="da", password="hunt\\"er2 hunter2")'),
        Says("Config(auth=('da', 'hunter2'))"),
        Says("Config(auth=Basic(user='da', word='hunter2'))"),
        Says("<Request Authorization: Bearer hunter2>"),
        Says("token=hunter2&name=x"),
        Says("items([('password', 'hunter2')])"),
        Says("password='hunter2" + "x" * 20_000),
        "postgresql://da:hunter2@db.example.com/docassemble",
        "https://hunter2@example.com/",
        "api_key=hunter2",
        "X" * 9_990 + " password=hunter2",
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_secret_inside_of_a_value_is_masked_by_the_name_it_has_there(value):
    text = text_with(value=value)
    assert "value" in text
    assert "hunter2" not in text


def test_what_stands_beside_a_secret_is_shown():
    text = text_with(value={"user": "da", "password": "hunter2", "port": 5432})
    assert "{'user': 'da', 'password': (masked), 'port': 5432}" in text
    assert "postgresql://db.example.com/..." in text_with(value="postgresql://da:x@db.example.com/da")


@pytest.mark.parametrize("error", [RuntimeError("not today"), SystemExit(3), KeyboardInterrupt()])
def test_an_object_that_cannot_say_what_it_is_is_shown_by_its_type(error):
    class Broken:
        def __repr__(self):
            raise error

    def job():
        broken, sound = Broken(), 21
        raise ValueError((broken is None, sound))

    text = text_of(job)
    assert f"broken = <Broken, whose repr() raised {type(error).__name__}>" in text
    assert "sound = 21" in text


def test_an_object_that_contains_itself_is_no_trouble():
    endless: list[object] = []
    endless.append(endless)
    mapping: dict[str, object] = {}
    mapping["again"] = mapping
    text = text_with(endless=endless, mapping=mapping)
    assert "..." in text


@pytest.mark.parametrize(
    "value", ["x" * 10**7, ["x" * 1000] * 1000, {n: n for n in range(10**5)}, Says("y" * 10**6)], ids=type
)
def test_a_long_value_is_shortened(value):
    assert len(text_with(value=value)) < 1_500


def test_a_deep_recursion_shows_the_last_frames_only():
    def job(depth=0):
        filling = "z" * 150
        job(depth + 1)
        return filling

    text = text_of(job)
    assert len(text) <= MAX_TEXT + 10


@pytest.mark.parametrize("letter", ["a", "key", "pass=", "://", "'", "key='\\", "key=(", " "])
def test_no_text_takes_long(letter):
    value = Says(letter * (200_000 // len(letter)))
    began = time.monotonic()
    text_with(value=value)
    assert time.monotonic() - began < 5
