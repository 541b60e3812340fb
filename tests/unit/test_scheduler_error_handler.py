"""The default error handler, as handlers of 0.2.x call it themselves."""

import pytest

from docassemble.Scheduler import scheduler_error_handler as module
from docassemble.Scheduler.testing import FakeHost


class Host(FakeHost):
    """A docassemble with a configuration."""

    time_zone = "UTC"

    def __init__(self, block, folder):
        super().__init__()
        self.configuration_file = folder / "config.yml"
        self.configuration = {} if block is None else {"scheduler": block}


@pytest.fixture
def host(monkeypatch, tmp_path):
    """A docassemble with a certain `scheduler:` block."""

    def make(block=None):
        made = Host(block, tmp_path)
        monkeypatch.setattr(module, "Docassemble", lambda: made)
        return made

    return make


def test_an_error_is_mailed_each_time_with_its_traceback(host):
    here = host()
    for _ in range(2):
        module.handle_error(ValueError("no such case"))
    assert len(here.mails) == 2
    subject, text, recipients = here.mails[0]
    assert subject == "docassemble: critical message of the scheduler: ValueError: no such case"
    assert "ValueError: no such case" in text
    assert recipients == ("admin@example.com",)


@pytest.mark.parametrize(
    ("block", "recipients"),
    [
        (None, ("admin@example.com",)),
        ("nonsense", ("admin@example.com",)),
        ({"Notify": {"email": "ops@example.com"}}, ("ops@example.com",)),
        ({"notify": {"email": "${OPERATOR}"}, "a.b": {"minutes": 1}}, ("ops@example.com",)),
        ({"notify": {"email": "nobody"}}, ("admin@example.com",)),
    ],
)
def test_it_goes_to_whom_the_setting_names_and_else_to_whom_docassemble_names(
    host, monkeypatch, block, recipients
):
    monkeypatch.setenv("OPERATOR", "ops@example.com")
    here = host(block)
    module.error_notification(None, "the archive is full")
    assert [mail[2] for mail in here.mails] == [recipients]


def test_it_goes_to_whom_the_env_file_names(host, tmp_path):
    (tmp_path / ".env").write_text("DA_SCHEDULER__NOTIFY__EMAIL=ops@example.com\n")
    here = host()
    module.error_notification(None, "the archive is full")
    assert [mail[2] for mail in here.mails] == [("ops@example.com",)]


def test_without_an_address_nothing_is_mailed(host):
    here = host()
    here.error_recipients = ()
    module.error_notification("text", "more")
    assert here.mails == []


def test_a_mail_server_that_is_down_is_no_error_of_the_caller(host):
    here = host()
    here.mail_error = ConnectionRefusedError("port 25")
    module.error_notification(ValueError())
    assert here.mails == []
