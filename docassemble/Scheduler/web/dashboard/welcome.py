# do not pre-load
"""The dashboard before there is a `scheduler:` block: what to write where. It asks no database."""

from __future__ import annotations

from typing import Any, NoReturn

from flask import Blueprint

from ...core.clock import Clock
from ...core.errors import HostError
from ...management.drafts.editing import Editing
from ..concurrency_limit import ConcurrencyLimit
from .rendering import render
from .views import Access, Dashboard


class Welcome(Dashboard):
    """The first page, and those that need no jobs."""

    def __init__(self, access: Access, clock: Clock, limit: ConcurrencyLimit, editing: Editing) -> None:
        super().__init__(_no_manager, access, clock, limit, editing)

    def blueprint(self) -> Blueprint:
        """Return what Flask is to serve, under the addresses of the dashboard."""
        blueprint = self._empty_blueprint()
        blueprint.add_url_rule("", "overview", self._page(self.overview))
        self._add_editor(blueprint, None)
        return blueprint

    def overview(self) -> Any:
        """Show what to write where."""
        return render("welcome", self._viewer())


def _no_manager() -> NoReturn:
    raise HostError("docassemble's configuration has no `scheduler:` block")
