"""docassemble's data of a thread: fresh for each run, and made without what most runs do not need."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from docassemble.Scheduler.host.context import ThreadData


class ThreadContext(ModuleType):
    """docassemble.base.thread_context, as far as it is used; counts the converters it makes."""

    def __init__(self) -> None:
        super().__init__("docassemble.base.thread_context")
        self.this_thread: Any = None
        self.converters = 0

    def empty_globals(self) -> SimpleNamespace:
        """The contents at the beginning."""
        self.converters += 1
        return SimpleNamespace(language="en", misc={}, markdown=object())

    @contextmanager
    def global_context(self, contents: SimpleNamespace) -> Iterator[None]:
        """Make them those of the thread."""
        before, self.this_thread = self.this_thread, contents
        try:
            yield
        finally:
            self.this_thread = before


@pytest.fixture
def docassemble(monkeypatch: pytest.MonkeyPatch) -> ThreadContext:
    module = ThreadContext()
    monkeypatch.setitem(sys.modules, "docassemble.base", ModuleType("docassemble.base"))
    monkeypatch.setitem(sys.modules, "docassemble.base.functions", ModuleType("docassemble.base.functions"))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_what_one_run_leaves_in_its_thread_the_next_one_does_not_find(docassemble: ThreadContext) -> None:
    data = ThreadData()
    with data.fresh() as this_thread:
        this_thread.misc["left"] = True
        this_thread.language = "fr"
        this_thread.another = 1
    with data.fresh() as this_thread:
        assert (this_thread.misc, this_thread.language) == ({}, "en")
        assert not hasattr(this_thread, "another")
    assert docassemble.this_thread is None


def test_the_converter_of_markdown_is_made_for_a_run_that_asks_for_it_once(
    docassemble: ThreadContext,
) -> None:
    data = ThreadData()
    with data.fresh() as this_thread:
        first = this_thread.markdown
        assert this_thread.markdown is first
    with data.fresh() as this_thread:
        assert this_thread.markdown is not first
    made = docassemble.converters
    with data.fresh():
        pass
    assert docassemble.converters == made
