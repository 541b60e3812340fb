"""The example package, in a docassemble that has a configuration and a Data store only."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PACKAGE = Path(__file__).parents[3] / "examples/docassemble.SchedulerRecipes"


class DAStore:
    """docassemble's, in memory."""

    def __init__(self, name: str, *, base: str) -> None:
        self.values: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        return self.values.get(key)

    def set(self, key: str, value: Any) -> None:
        self.values[key] = value

    def delete(self, key: str) -> None:
        self.values.pop(key, None)

    def keys(self) -> list[str]:
        return list(set(self.values))  # in no order, as docassemble's


@pytest.fixture
def config() -> dict[str, Any]:
    """docassemble's configuration."""
    return {}


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch, config: dict[str, Any]) -> Iterator[Callable[[str], ModuleType]]:
    """A function that imports a module of the package, fresh for each test."""
    util = ModuleType("docassemble.base.util")
    util.__dict__.update(DAStore=DAStore, get_config=config.get, DA=None, interview_list=None)
    monkeypatch.setitem(sys.modules, "docassemble.base", ModuleType("docassemble.base"))
    monkeypatch.setitem(sys.modules, "docassemble.base.util", util)
    monkeypatch.syspath_prepend(str(PACKAGE))
    yield lambda name: importlib.import_module(f"docassemble.SchedulerRecipes.{name}")
    for name in [name for name in sys.modules if name.startswith("docassemble.SchedulerRecipes")]:
        del sys.modules[name]
