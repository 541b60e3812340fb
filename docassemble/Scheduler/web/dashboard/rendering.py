# do not pre-load
"""Rendering of pages: whole, or what has changed of the part that changes."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from flask import Response, current_app, make_response, render_template, request

from ... import __version__
from . import presentation
from .jobs.drawings import sparkline
from .presentation import Viewer
from .refresh import ROWS, known_rows, part_of

#: the folder of the templates
FOLDER = "docassemble_scheduler"


@cache
def edition() -> str:
    """Name what the browser may keep for a year: the release, and what its files hold."""
    files = sorted((Path(__file__).parent / "static").iterdir())
    digest = blake2b(b"".join(file.read_bytes() for file in files), digest_size=4)
    return f"{__version__}-{digest.hexdigest()}"


@cache
def frame_has_main() -> bool:
    """Return whether docassemble's own page has a landmark `main` around ours: some releases have one."""
    environment = current_app.jinja_env
    assert environment.loader is not None  # noqa: S101 - it has loaded our template
    source, _, _ = environment.loader.get_source(environment, "base_templates/base.html")
    return 'role="main"' in source or "<main" in source


def is_refresh() -> bool:
    """Return whether our script asks for the part of a page that changes."""
    return request.args.get("part") == "live"


def is_known(etag: str) -> bool:
    """Return whether the browser has what this tag stands for."""
    return is_refresh() and request.headers.get("If-None-Match") == etag


def unchanged(etag: str) -> Response:
    """Answer that the browser has it all."""
    response = make_response("", 304)
    response.headers["ETag"] = etag
    return response


def render(template: str, viewer: Viewer, etag: str | None = None, **values: Any) -> Response:
    """Render a page, or, for our script, only what has changed of the part of it that changes.

    `etag` stands for what the part shows; without it, it is made of the HTML.
    """
    live = is_refresh()
    html = render_template(
        f"{FOLDER}/{template}{'_part' if live else ''}.html",
        version=edition(),
        viewer=viewer,
        show=presentation,
        draw=sparkline,
        is_refresh=live,
        **values,
    )
    part = part_of(html, known_rows(request.headers.get(ROWS)) if live else (), viewer.now)
    if not live:
        return make_response(part.html)
    etag = etag or part.etag
    if is_known(etag):
        return unchanged(etag)
    response = make_response(part.html)
    response.headers["ETag"] = etag
    return response
