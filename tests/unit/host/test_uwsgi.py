"""The alarm: one timer of one second, wherever uWSGI has room for it; where jobs run; the end of a process."""

import gc
import sys
import types

import pytest

from docassemble.Scheduler.core.errors import HostError
from docassemble.Scheduler.host.uwsgi import Uwsgi
from docassemble.Scheduler.testing import FakeUwsgi


def install(module):
    wakes = []
    uwsgi = Uwsgi(module)
    uwsgi.install(lambda: wakes.append(1))
    return uwsgi, wakes


def test_it_takes_one_signal_and_one_timer_of_one_second():
    module = FakeUwsgi()
    install(module)
    ((signal, period),) = module.timers
    assert list(module.handlers) == [signal]
    assert period == 1


def test_the_signal_wakes():
    module = FakeUwsgi()
    _, wakes = install(module)
    module.handlers[module.timers[0][0]](module.timers[0][0])
    assert wakes == [1]


def test_signals_of_others_are_left_alone():
    module = FakeUwsgi()
    for number in range(255):
        module.register_signal(number, "worker", lambda _: None)
    install(module)
    assert module.timers == [(255, 1)]


def test_no_free_signal_is_an_error_that_says_so():
    module = FakeUwsgi()
    for number in range(256):
        module.register_signal(number, "worker", lambda _: None)
    with pytest.raises(HostError, match="256 signals"):
        install(module)


@pytest.mark.parametrize(
    ("full", "used"), [([], "timers"), (["timers"], "rb_timers"), (["timers", "rb_timers"], "crons")]
)
def test_a_full_table_of_uwsgi_gives_way_to_the_next(full, used):
    module = FakeUwsgi()
    for table in full:
        getattr(module, table).extend([(0, 3600)] * module.room)
    before = len(getattr(module, used))
    install(module)
    assert len(getattr(module, used)) == before + 1


def test_full_tables_are_an_error_that_says_so():
    with pytest.raises(HostError, match="tables of timers are full"):
        install(FakeUwsgi(room=0))


def test_without_a_master_there_is_no_scheduler():
    module = FakeUwsgi()
    module.masterpid = lambda: 0
    with pytest.raises(HostError, match="master"):
        Uwsgi(module)


@pytest.mark.parametrize(("opt", "expected"), [({"threads": b"6"}, 6), ({"threads": b"0"}, 1)])
def test_it_knows_how_many_threads_a_worker_has(opt, expected):
    assert Uwsgi(FakeUwsgi(opt=opt)).threads == expected


def runs_jobs(opt, *, worker=0, mule=0):
    module = FakeUwsgi(opt=opt)
    module.worker, module.mule = worker, mule
    return Uwsgi(module).runs_jobs


@pytest.mark.parametrize(
    ("opt", "target", "mules"),
    [
        ({}, "worker", []),
        ({"mules": b"0"}, "worker", []),
        ({"mules": b"2"}, "mule", [True, True]),
        ({"mule": True}, "mule", [True]),
        ({"mule": b"true"}, "mule", [True]),
        # a mule that has a program of its own is left to it
        ({"mule": b"/srv/program.py"}, "worker", [False]),
        ({"mule": [b"package.module:run", True]}, "mule", [False, True]),
        ({"mules": b"1", "mule": b"program.py"}, "mule", [True, False]),
    ],
)
def test_jobs_run_in_mules_where_there_are_any_to_spare_else_in_workers(opt, target, mules):
    module = FakeUwsgi(opt=opt)
    install(module)
    assert list(module.targets.values()) == [target]
    assert runs_jobs(opt, worker=1) == (target == "worker")
    assert [runs_jobs(opt, mule=number) for number, _ in enumerate(mules, 1)] == mules


@pytest.mark.parametrize("opt", [{}, {"mules": b"1"}])
def test_jobs_run_neither_in_the_master_nor_in_a_spooler(opt):
    assert not runs_jobs(opt)


def end_of_process(monkeypatch, *, in_good_order):
    """What happens when the process ends; `end` is ours, `theirs` what another package wants done then."""
    events = []
    monkeypatch.setattr("os._exit", lambda code: events.append(f"exit {code}"))
    module = FakeUwsgi()
    module.atexit = lambda: events.append("theirs")

    def end():
        events.append("end")
        return in_good_order

    Uwsgi(module).at_end(end)
    module.atexit()
    return events


def test_at_its_end_the_process_is_left_to_python_and_others(monkeypatch):
    assert end_of_process(monkeypatch, in_good_order=True) == ["end", "theirs"]


def test_a_process_in_which_something_goes_on_ends_at_once(monkeypatch):
    assert end_of_process(monkeypatch, in_good_order=False)[:2] == ["end", "exit 0"]


def test_outside_of_uwsgi_there_is_none():
    assert Uwsgi.here() is None


@pytest.fixture
def forks(monkeypatch):
    """What is called in a new process; the garbage collector is as before in the end."""
    hooks = []
    decorators = types.ModuleType("uwsgidecorators")
    vars(decorators).update(postfork=hooks.append)
    monkeypatch.setitem(sys.modules, "uwsgidecorators", decorators)
    yield hooks
    gc.unfreeze()


@pytest.mark.parametrize(("worker", "starts"), [(1, 1), (0, 0)])
def test_it_starts_in_a_process_that_jobs_run_in_and_the_garbage_of_the_master_is_not_its(
    forks, worker, starts
):
    module = FakeUwsgi()
    module.worker = worker
    called = []
    Uwsgi(module).after_fork(lambda: called.append(gc.get_freeze_count()))
    (fork,) = forks
    fork()
    assert [bool(frozen) for frozen in called] == [True] * starts
