"""uWSGI is set up as in docassemble's image."""

from pathlib import Path

from devserver.uwsgi import Folder, ini


def lines() -> list[str]:
    return ini(Folder(path=Path("/site/server1")), Path("/site/venv"), 8000).splitlines()


def test_one_process_with_six_threads_under_a_master() -> None:
    assert {"master = true", "processes = 1", "threads = 6", "enable-threads = true", "vhost = true"} <= set(
        lines()
    )


def test_docassemble_restarts_it_by_touching_its_file() -> None:
    assert "touch-reload = /site/server1/docassemble.wsgi" in lines()


def test_it_listens_on_this_machine_only() -> None:
    assert "http-socket = 127.0.0.1:8000" in lines()


def test_options_are_added_or_take_the_place_of_docassembles() -> None:
    text = ini(Folder(path=Path("/site")), Path("/site/venv"), 8000, options={"mules": 1, "threads": 2})
    assert {"mules = 1", "threads = 2", "processes = 1"} <= set(text.splitlines())
    assert "threads = 6" not in text
