"""How people find the pages: once in docassemble's menu, and only those who may see them."""

import sys
from types import SimpleNamespace

import flask_login
import pytest
from flask import Blueprint, Flask

from docassemble.Scheduler.host import access
from docassemble.Scheduler.management.permissions import Caller, Switch


@pytest.fixture
def app(monkeypatch):
    app = Flask("site")
    app.config["ADMIN_INTERVIEWS"] = []
    monkeypatch.setattr(access, "flask_app", lambda: app)
    return app


def somebody(*roles, **fields):
    return SimpleNamespace(
        is_authenticated=bool(roles),
        has_roles=lambda wanted: not set(roles).isdisjoint(wanted),
        email=None,
        **fields,
    )


def test_pages_are_added_once_however_often_docassemble_loads_us(app):
    for _ in range(2):
        access.add_pages(Blueprint("ours", "ours", url_prefix="/ours"), "Ours", "/ours")
    assert list(app.blueprints) == ["ours"]
    assert len(app.config["ADMIN_INTERVIEWS"]) == 1


@pytest.mark.parametrize(
    ("roles", "is_shown"),
    [
        (("admin",), True),
        (("developer",), True),
        (("user",), False),
        (("user", "advocate"), False),
        ((), False),
    ],
)
def test_the_link_is_for_administrators_and_developers(app, monkeypatch, roles, is_shown):
    link = access.MenuLink("Ours", "/ours")
    monkeypatch.setattr(flask_login, "current_user", somebody(*roles))
    assert link.can_use() is is_shown
    assert link.is_not("any interview")


def test_the_link_leads_there_when_docassemble_is_not_at_the_root(app):
    with app.test_request_context("/interview", environ_overrides={"SCRIPT_NAME": "/da"}):
        assert access.MenuLink("Ours", "/ours").get_url() == "/da/ours"


@pytest.mark.parametrize(
    ("profile", "zone"),
    [("Asia/Tokyo", "Asia/Tokyo"), (None, "Europe/Berlin"), ("Utopia/../x", "Europe/Berlin")],
)
def test_times_are_in_the_zone_of_the_profile_or_that_of_docassemble(monkeypatch, profile, zone):
    monkeypatch.setattr(flask_login, "current_user", somebody("admin", timezone=profile))
    assert access.StaffAccess(SimpleNamespace(time_zone="Europe/Berlin")).zone.key == zone


@pytest.mark.parametrize(
    ("language", "site", "locale"),
    [
        ("en", "en_GB.utf8", "en_GB.utf8"),
        ("es", "en_GB.utf8", "es"),
        ("en", "", "en"),
        ("../x", "en_US", "../x"),
        (None, "en_US", "None"),
    ],
)
def test_the_region_is_that_of_the_site_where_the_language_is(monkeypatch, language, site, locale):
    functions = SimpleNamespace(get_language=lambda: language)
    for name in ("docassemble.base", "docassemble.base.functions"):
        monkeypatch.setitem(sys.modules, name, functions)
    assert access.StaffAccess(SimpleNamespace(locale=site)).locale == locale


@pytest.mark.parametrize(
    ("config", "switches"),
    [
        ({}, set()),
        ({"ENABLE_PLAYGROUND": True, "ALLOW_UPDATES": False}, {Switch.PLAYGROUND}),
        ({"ALLOW_UPDATES": True, "DEVELOPER_CAN_INSTALL": 1}, {Switch.UPDATES, Switch.DEVELOPERS_INSTALL}),
        ({"ALLOW_CONFIGURATION_EDITING": True, "ENABLE_PLAYGROUND": ""}, {Switch.CONFIGURATION}),
    ],
)
def test_what_docassemble_lets_somebody_do_stands_in_its_flask_application(
    app, monkeypatch, config, switches
):
    roles = [SimpleNamespace(name="developer"), SimpleNamespace(name="user")]
    user = SimpleNamespace(email=None, social_id="local$1", roles=roles)
    monkeypatch.setattr(flask_login, "current_user", user)
    app.config.update(config)
    with app.app_context():
        assert access.signed_in() == Caller(
            name="local$1", privileges=frozenset({"developer", "user"}), switches=frozenset(switches)
        )
