"""The alarm: one timer of one second, wherever uWSGI has room for it."""

import pytest

from docassemble.Scheduler.adapters.uwsgi import TARGET, Uwsgi
from docassemble.Scheduler.errors import HostError
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


def test_ringing_raises_the_signal():
    module = FakeUwsgi()
    uwsgi, _ = install(module)
    uwsgi.ring()
    assert module.rung == [module.timers[0][0]]


def test_signals_of_others_are_left_alone():
    module = FakeUwsgi()
    for number in range(255):
        module.register_signal(number, TARGET, lambda _: None)
    install(module)
    assert module.timers == [(255, 1)]


def test_no_free_signal_is_an_error_that_says_so():
    module = FakeUwsgi()
    for number in range(256):
        module.register_signal(number, TARGET, lambda _: None)
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


@pytest.mark.parametrize(("threads", "expected"), [(b"6", 6), (b"0", 1)])
def test_it_knows_how_many_threads_a_worker_has(threads, expected):
    module = FakeUwsgi()
    module.opt["threads"] = threads
    assert Uwsgi(module).threads == expected


def test_outside_of_uwsgi_there_is_none():
    assert Uwsgi.here() is None
