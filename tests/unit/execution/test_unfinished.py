"""Row R1: work that was not done is no success."""

import asyncio
import types
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import partial
from itertools import starmap

import pytest

from docassemble.Scheduler.core.errors import UnfinishedWork
from docassemble.Scheduler.execution.executor import call
from docassemble.Scheduler.execution.results import is_lazy_function


def generator():
    yield "nothing of this runs"


async def async_generator():
    yield "nothing of this runs"


async def coroutine():
    return "done"


async def hands_back(make):
    return make()


def concurrent(result=None, error=None):
    future = Future()
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
    return future


async def fails():
    raise ZeroDivisionError


async def task_that_failed():
    task = asyncio.ensure_future(fails())
    await asyncio.wait([task])
    return task


async def task_that_goes_on():
    return asyncio.ensure_future(asyncio.sleep(1000))


@pytest.mark.parametrize(
    "work",
    [
        generator,
        async_generator,
        lambda: map(print, "abc"),
        lambda: filter(print, "abc"),
        lambda: starmap(print, ["abc"]),
        lambda: (str(each) for each in "abc"),
        partial(hands_back, generator),
        partial(hands_back, coroutine),
        lambda: [coroutine(), coroutine()],
        lambda: {"a": coroutine()},
        task_that_goes_on,
    ],
    ids=range(11),
)
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_r1_what_would_never_be_done_fails_with_the_reason(work, capsys):
    with pytest.raises(UnfinishedWork, match="the function returned"):
        call(work)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "work",
    [
        lambda: concurrent(error=ZeroDivisionError()),
        lambda: [concurrent(1), concurrent(error=ZeroDivisionError())],
        lambda: {"a": concurrent(error=ZeroDivisionError())},
        task_that_failed,
        fails,
    ],
    ids=range(5),
)
def test_r1_what_a_future_failed_with_is_raised(work):
    with pytest.raises(ZeroDivisionError):
        call(work)


def test_r1_a_future_that_is_done_is_its_result():
    assert call(lambda: concurrent(42)) == 42


def test_r1_a_future_that_is_not_done_is_waited_for():
    with ThreadPoolExecutor(1) as pool:
        assert call(lambda: pool.submit(divmod, 7, 2)) == (3, 1)


def test_r1_a_future_that_was_cancelled_fails():
    future = Future()
    future.cancel()
    with pytest.raises(CancelledError):
        call(lambda: future)


@types.coroutine
def old_coroutine():
    yield from ()
    return "done"


@pytest.mark.parametrize("work", [coroutine, old_coroutine, lambda: coroutine(), partial(coroutine)])
def test_what_can_be_awaited_is_awaited(work):
    assert call(work) == "done"


class Evasive:
    @property
    def __class__(self):
        raise SystemExit


def test_an_object_that_hides_its_class_is_a_result():
    thing = Evasive()
    assert call(lambda: thing) is thing


class Callable:
    def __call__(self):
        yield


@pytest.mark.parametrize(
    ("function", "is_lazy"),
    [
        (generator, True),
        (async_generator, True),
        (partial(generator), True),
        (Callable(), True),
        (coroutine, False),
        (old_coroutine, False),
        (print, False),
        (dict, False),
    ],
)
def test_r1_a_generator_function_is_known(function, is_lazy):
    assert is_lazy_function(function) is is_lazy
