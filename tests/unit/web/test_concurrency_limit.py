"""How many requests may wait for the database at once."""

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest

from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.web.concurrency_limit import ConcurrencyLimit


def is_let_in(limit):
    try:
        with limit.turn():
            return True
    except StoreUnavailable:
        return False


def hold_a_turn(limit, done):
    """Have a thread hold a turn until `done`; return the thread when it has the turn."""
    inside = threading.Event()

    def hold():
        with limit.turn():
            inside.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(30)
    return thread


@pytest.mark.parametrize(("threads", "most"), [(1, 1), (2, 1), (3, 1), (8, 4)])
def test_half_of_the_web_threads_and_no_more(threads, most):
    limit = ConcurrencyLimit.of_web_threads(threads)
    turns = [limit.turn() for _ in range(most)]
    for turn in turns:
        turn.__enter__()
    assert not is_let_in(limit)
    turns[0].__exit__(None, None, None)
    assert is_let_in(limit)


def test_who_is_not_let_in_learns_why():
    limit = ConcurrencyLimit(1, timeout=0)
    with (
        limit.turn(),
        pytest.raises(StoreUnavailable, match="as many requests as may be at once"),
        limit.turn(),
    ):
        pass


def test_a_request_that_fails_gives_its_turn_back():
    limit = ConcurrencyLimit(1, timeout=0)
    with pytest.raises(KeyError), limit.turn():
        raise KeyError
    assert is_let_in(limit)


def test_who_comes_while_others_are_answered_quickly_waits_for_a_turn():
    limit, done = ConcurrencyLimit(1, timeout=30), threading.Event()
    thread = hold_a_turn(limit, done)
    threading.Timer(0.05, done.set).start()
    assert is_let_in(limit)
    thread.join()


def test_of_those_who_come_while_others_are_slow_a_few_wait_longer():
    limit, done = ConcurrencyLimit(1, 1, timeout=0), threading.Event()
    thread = hold_a_turn(limit, done)
    with ThreadPoolExecutor(2) as others:
        answers = [others.submit(is_let_in, limit) for _ in range(2)]
        refused = next(each for each in as_completed(answers))
        assert not refused.result()
        done.set()
    thread.join()
    assert sorted(each.result() for each in answers) == [False, True]
