"""What is missing on a machine, and the one command that helps."""

from collections.abc import Callable

import pytest

from devserver import debian
from devserver.errors import DevServerError


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def pretend(*missing: str, locale: bool = True, root: bool = False) -> None:
        needs = [debian.Need(package=name, is_met=lambda: False) for name in missing]
        monkeypatch.setattr(debian, "NEEDS", (*needs, debian.Need(package="gcc", is_met=lambda: True)))
        monkeypatch.setattr(debian, "has_locale", lambda: locale)
        monkeypatch.setattr(debian, "can_make_locale", lambda: True)
        monkeypatch.setattr("os.geteuid", lambda: 0 if root else 1000)

    return pretend


def test_nothing_is_done_on_a_machine_that_has_everything(machine: Callable[..., None]) -> None:
    machine()
    assert debian.remedy() is None
    debian.provide()


def test_missing_packages_are_installed_by_one_command(machine: Callable[..., None]) -> None:
    machine("libldap2-dev", "libzbar0")
    assert (
        debian.remedy()
        == "apt-get update && apt-get install -y --no-install-recommends libldap2-dev libzbar0"
    )


def test_what_only_some_need_is_installed_for_them(machine: Callable[..., None]) -> None:
    machine()
    browser = debian.Need(package="chromium", is_met=lambda: False)
    command = debian.remedy([browser])
    assert command is not None
    assert command.endswith("install -y --no-install-recommends chromium")


def test_a_missing_locale_is_made(machine: Callable[..., None]) -> None:
    machine(locale=False)
    assert debian.remedy() == "localedef -i en_US -f UTF-8 en_US.UTF-8"


def test_an_ordinary_user_is_told_the_command(machine: Callable[..., None]) -> None:
    machine("libsasl2-dev")
    with pytest.raises(DevServerError, match="apt-get install -y --no-install-recommends libsasl2-dev"):
        debian.provide()
