"""A function is known by a dotted name, or it is refused with the reason."""

import functools
import textwrap

import pytest

from docassemble.Scheduler.core.errors import FunctionError
from docassemble.Scheduler.execution.functions import Functions, name_of


def at_the_margin():
    """Be found."""


class Holder:
    """Has methods."""

    def method(self):
        """Belong to an object."""

    def __call__(self):
        """Be called."""


def nested():
    def inside():
        """Be gone soon."""

    return inside


def of_an_interview():
    names = {}
    exec("def own():\n    return 1", names)
    return names["own"]


def of_main():
    def run():
        """Stand in the program."""

    run.__module__, run.__qualname__ = "__main__", "run"
    return run


def name(function):
    return name_of(function, Functions())


def test_a_function_of_a_module_has_a_name():
    assert name(textwrap.dedent) == "textwrap.dedent"


def test_a_dotted_name_is_taken_when_it_leads_to_a_function():
    assert name("textwrap.dedent") == "textwrap.dedent"
    assert name("test.heartbeat") == "test.heartbeat"


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda: None, "a lambda has no name"),
        (nested(), "inside stands inside of another function"),
        (Holder().method, "Holder.method is a method of an object"),
        (Holder.method, "Holder.method stands in a class"),
        (Holder(), "a Holder has no name of its own"),
        (functools.partial(at_the_margin), "a partial has no name of its own"),
        (of_an_interview(), "own stands in no module"),
        (of_main(), "run stands in the program itself"),
        (5, "int is not a function"),
        ("textwrap.nope", "has no 'nope'"),
        ("nowhere.at.all", "there is no module"),
        ("nodot", "has no dot"),
    ],
)
def test_what_no_other_process_could_find_is_refused_with_the_reason(function, reason):
    with pytest.raises(FunctionError, match=reason) as refused:
        name(function)
    assert refused.value.hint
