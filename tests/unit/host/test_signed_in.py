"""A job is signed in: Flask-Login's current_user is there when it is asked for, and costs nothing before."""

import pytest
from flask import Flask, g, has_request_context
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user, login_user, logout_user

from docassemble.Scheduler.host.users import SignedIn


class Person(UserMixin):
    def __init__(self, name):
        self.id = name


class Session:
    """Takes in what belongs to no session, as SQLAlchemy's does."""

    def __init__(self):
        self.taken_in = []

    def merge(self, person, *, load):
        assert load is False
        self.taken_in.append(person)
        return Person(f"{person.id}, in a session")


@pytest.fixture
def session():
    return Session()


@pytest.fixture
def alice(session):
    """A job of Alice, in Flask's contexts."""
    app = Flask(__name__)
    app.secret_key = "secret"
    LoginManager(app).user_loader(Person)
    with app.app_context() as context, app.test_request_context():
        assert has_request_context()
        g.before = "was here"
        SignedIn().sign_in(context.g, session, Person("alice"))
        yield


def test_nobody_is_taken_into_the_session_of_a_job_that_does_not_ask(alice, session):
    assert session.taken_in == []


def test_who_asks_gets_the_user_in_the_session_of_the_job_each_time_the_same(alice, session):
    assert current_user.id == "alice, in a session"
    assert current_user.is_authenticated
    assert len(session.taken_in) == 1


def test_what_else_flask_keeps_is_as_ever(alice):
    assert g.before == "was here"
    assert "before" in g
    assert "other" not in g
    assert g.get("other") is None
    with pytest.raises(AttributeError):
        _ = g.other


def test_a_job_may_sign_somebody_else_in_and_out(alice):
    login_user(Person("bob"))
    assert current_user.id == "bob"
    logout_user()
    assert isinstance(current_user._get_current_object(), AnonymousUserMixin)


def test_each_job_has_its_own_user(session):
    app = Flask(__name__)
    app.secret_key = "secret"
    LoginManager(app).user_loader(Person)
    signed_in = SignedIn()
    seen = []
    for name in ("alice", "bob"):
        with app.app_context() as context, app.test_request_context():
            signed_in.sign_in(context.g, session, Person(name))
            seen.append(current_user.id)
    assert seen == ["alice, in a session", "bob, in a session"]
