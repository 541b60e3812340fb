"""Who may do what: nobody more than docassemble lets them do."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import chain, combinations, product

import pytest

from docassemble.Scheduler.config.keys import JOB_KEYS
from docassemble.Scheduler.config.values import readers
from docassemble.Scheduler.core.errors import FunctionError, NotPermitted, NotPossible
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.management.permissions import Caller, Permissions, Switch, code
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.store.records import RunQuery
from tests.unit.management.managers import ALICE, BOB, FUNCTION, NOON, Management

PLAYGROUND, UPDATES = Switch.PLAYGROUND, Switch.UPDATES
CONFIGURATION, DEVELOPERS_INSTALL = Switch.CONFIGURATION, Switch.DEVELOPERS_INSTALL
SWITCH_SETS = [frozenset(each) for each in chain(*(combinations(Switch, size) for size in range(5)))]
PRIVILEGE_SETS = [
    frozenset(each)
    for each in chain(*(combinations(("admin", "developer", "user"), size) for size in range(4)))
]
#: the table of docs/api.md: which switches let somebody do anything, by privilege
ANYTHING = {
    "admin": ({PLAYGROUND}, {UPDATES}, {CONFIGURATION}),
    "developer": ({PLAYGROUND}, {UPDATES, DEVELOPERS_INSTALL}),
}


def somebody(privileges, switches):
    return Caller(name="x@example.com", privileges=frozenset(privileges), switches=frozenset(switches))


@pytest.mark.parametrize(("privileges", "switches"), [*product(PRIVILEGE_SETS, SWITCH_SETS)])
def test_whoever_may_run_any_code_in_docassemble_is_not_limited_and_nobody_else(privileges, switches):
    ways = [way for privilege in privileges for way in ANYTHING.get(privilege, ())]
    assert somebody(privileges, switches).is_limited is not any(way <= switches for way in ways)


@pytest.mark.parametrize(
    ("privilege", "switches", "is_limited"),
    [
        ("admin", Switch, False),
        ("admin", [DEVELOPERS_INSTALL], True),
        ("developer", Switch, False),
        ("developer", [UPDATES], True),
        ("developer", [DEVELOPERS_INSTALL, CONFIGURATION], True),
        ("user", Switch, True),
    ],
)
def test_some_cells_in_full(privilege, switches, is_limited):
    assert somebody([privilege], switches).is_limited is is_limited


def test_code_can_do_anything_anyway():
    assert not code("Python").is_limited


# --- what somebody limited may name ---------------------------------------------------------------

#: what `api functions` has in the tests below; the module imports `parse` and `timezone`, and defines `nothing`
MODULE = "tests.unit.management.managers"
HOURLY = {"hours": 1}
BLOCK = {
    "minutely": {"function": "builtins.print", "minutes": 1, "args": ["configured"]},
    "plain": {"function": "builtins.len", "minutes": 1, "run as": "admin@example.com"},
    "off": {"function": "builtins.abs", "minutes": 1, "enabled": False},
    "test.heartbeat": {"minutes": 1},
    "allowed": {"function": FUNCTION, "minutes": 1, "args": ["configured"]},
    "theirs": {"function": FUNCTION, "minutes": 1, "args": ["theirs"], "run as": "admin@example.com"},
}
EVIL = "os.system"
HOOKS = ("contextmanager", "error handler", "only if", "on exit")


#: they read names of code, addresses, users, and what code is called with
DANGEROUS = {readers.dotted, readers.url, readers.email, readers.arguments, readers.keyword_arguments}


def test_no_key_is_free_that_names_code_or_an_address_or_is_given_to_code():
    assert {key.name for key in JOB_KEYS.values() if key.read in DANGEROUS and key.is_free} == set()
    assert {key.name for key in JOB_KEYS.values() if key.read is readers.dotted} == {"function", *HOOKS}


def test_a_key_of_which_nothing_is_said_is_what_administrators_have_written(monkeypatch):
    definition = {"function": FUNCTION, **HOURLY, "lock": "press"}
    management_with(FUNCTION).manager.add("free", definition, BOB)
    monkeypatch.setitem(JOB_KEYS, "lock", replace(JOB_KEYS["lock"], free=False))
    with pytest.raises(NotPermitted, match="may not choose `lock`"):
        management_with(FUNCTION).manager.add("bound", definition, BOB)
    management_with(FUNCTION, defaults={"lock": "press"}).manager.add("inherited", definition, BOB)
    management_with(FUNCTION).manager.add("without", {"function": FUNCTION, **HOURLY}, BOB)


def management_with(*functions, **settings):
    return Management(
        block={**BLOCK, "api functions": list(functions), **settings} if functions else {**BLOCK, **settings}
    )


@pytest.mark.parametrize(
    ("functions", "name", "is_allowed"),
    [
        ((), FUNCTION, False),
        ((), EVIL, False),
        ((), "builtins.eval", False),
        ((FUNCTION,), FUNCTION, True),
        ((FUNCTION,), f"{MODULE}.configuration", False),
        ((f"{MODULE}.*",), FUNCTION, True),
        (("tests.*",), FUNCTION, True),
        ((f"{MODULE}.*",), EVIL, False),
        # a name that only begins like it
        (("tests.unit.manager.*",), FUNCTION, False),
        (("tests.unit.management.managers.not.*",), FUNCTION, False),
        # what the module only imports, until it is named itself
        ((f"{MODULE}.*",), f"{MODULE}.parse", False),
        ((f"{MODULE}.*",), f"{MODULE}.timezone", False),
        ((f"{MODULE}.parse",), f"{MODULE}.parse", True),
        ((f"{MODULE}.*", "docassemble.Scheduler.config.*"), f"{MODULE}.parse", True),
        # what each module has from Python
        ((f"{MODULE}.*",), f"{MODULE}.__class__", False),
        ((f"{MODULE}.*",), f"{MODULE}.__setattr__", False),
        # tasks of this package, by any name
        (("http.*",), "http.request", True),
        (("http.*",), "docassemble.Scheduler.tasks.http.request", True),
        (("docassemble.Scheduler.tasks.http.*",), "http.request", True),
        (("http.*",), "http.client.HTTPConnection", False),
        ((), "http.request", False),
        # jobs of the configuration
        ((), "test.heartbeat", True),
        ((), "docassemble.Scheduler.tasks.test.heartbeat", True),
        ((), "builtins.len", True),
        ((), "builtins.abs", False),
        ((), "builtins.print", False),
    ],
)
def test_somebody_limited_may_add_jobs_only_for_what_administrators_have_written(functions, name, is_allowed):
    management = management_with(*functions)
    definition = {"function": name, **HOURLY}
    if is_allowed:
        assert management.manager.add("new", definition, BOB).run_as == BOB.name
    else:
        with pytest.raises(NotPermitted, match="does not let you run code of your own") as refused:
            management.manager.add("new", definition, BOB)
        assert f"`{name}`" in str(refused.value)
        assert "`api functions`" in refused.value.hint
        assert list(management.store.dynamic_jobs()) == []


def test_the_function_of_a_job_of_the_configuration_comes_with_its_arguments():
    management = management_with()
    management.manager.add("same", {"function": "builtins.print", "args": ["configured"], **HOURLY}, BOB)
    for more in ({}, {"args": ["other"]}, {"args": ["configured"], "kwargs": {"file": 1}}):
        with pytest.raises(NotPermitted):
            management.manager.add("other", {"function": "builtins.print", **HOURLY, **more}, BOB)
    management_with("builtins.print").manager.add(
        "x", {"function": "builtins.print", "args": ["other"], **HOURLY}, BOB
    )


def test_the_function_of_a_job_of_the_configuration_comes_with_what_is_around_it():
    guards = {"only if": "builtins.bool", "contextmanager": "builtins.open"}
    management = management_with(
        guarded={"function": "builtins.max", **guards, "on exit": "builtins.min", **HOURLY}
    )
    for less in ({}, {"only if": "builtins.bool"}, {**guards, "only if": "builtins.len"}):
        with pytest.raises(NotPermitted):
            management.manager.add("new", {"function": "builtins.max", **less, **HOURLY}, BOB)
    management.manager.add("same", {"function": "builtins.max", **guards, **HOURLY}, BOB)
    management.manager.add(
        "more", {"function": "builtins.max", **guards, "on exit": "builtins.min", **HOURLY}, BOB
    )


def test_a_name_that_is_not_a_functions_own_key_is_one_all_the_same():
    with pytest.raises(NotPermitted):
        management_with(f"{MODULE}.*").manager.add(EVIL, HOURLY, BOB)


def test_the_path_through_an_allowed_package_to_another_module_leads_nowhere(monkeypatch):
    name = f"{MODULE}.os.system"
    management = management_with(f"{MODULE}.*")
    with pytest.raises(FunctionError, match="no module"):
        management.manager.add("new", {"function": name, **HOURLY}, BOB)
    monkeypatch.setitem(sys.modules, f"{MODULE}.os", __import__("os"))
    with pytest.raises(NotPermitted):
        management.manager.add("new", {"function": name, **HOURLY}, BOB)


def test_what_is_not_allowed_is_not_even_imported(tmp_path, monkeypatch):
    tmp_path.joinpath("loud.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for definition in ({"function": "loud.work"}, {"function": FUNCTION, "on exit": "loud.work"}):
        with pytest.raises(NotPermitted):
            management_with(FUNCTION).manager.add("new", {**definition, **HOURLY}, BOB)


@pytest.mark.parametrize("key", [*HOOKS, "on_exit", "Error-Handler"])
def test_each_key_that_names_code_is_bound(key):
    management = management_with(f"{MODULE}.*")
    with pytest.raises(NotPermitted, match=r"may not name `os\.system`"):
        management.manager.add("new", {"function": FUNCTION, key: EVIL, **HOURLY}, BOB)
    management.manager.add("new", {"function": FUNCTION, key: FUNCTION, **HOURLY}, BOB)


def test_the_function_of_a_job_of_the_configuration_is_no_hook():
    with pytest.raises(NotPermitted):
        management_with().manager.add(
            "new", {"function": "builtins.len", "on exit": "builtins.len", **HOURLY}, BOB
        )


@pytest.mark.parametrize(
    "settings",
    [{"defaults": {key: "builtins.print"}} for key in HOOKS]
    + [{"error handler": "builtins.print"}, {"defaults": {"monitor": "https://example.com/ping"}}],
    ids=str,
)
def test_what_the_configuration_has_for_all_jobs_is_had_by_added_ones(settings):
    management = management_with(FUNCTION, **settings)
    inherited = settings.get("defaults", settings)
    management.manager.add("new", {"function": FUNCTION, **HOURLY}, BOB)
    management.manager.add("same", {"function": FUNCTION, **inherited, **HOURLY}, BOB)


def test_the_server_calls_no_address_for_somebody_limited():
    with pytest.raises(NotPermitted, match="`monitor`"):
        management_with(FUNCTION).manager.add(
            "new", {"function": FUNCTION, "monitor": "http://169.254.169.254/", **HOURLY}, BOB
        )


@pytest.mark.parametrize("settings", [{}, {"defaults": {"run as": "admin@example.com"}}])
def test_somebody_limited_has_jobs_run_as_nobody_but_themselves(settings):
    manager, definition = management_with(FUNCTION, **settings).manager, {"function": FUNCTION, **HOURLY}
    assert manager.add("new", definition, BOB).run_as == BOB.name
    assert manager.add("own", {**definition, "run as": "Bob@Example.com"}, BOB).run_as == "Bob@Example.com"
    for key in ("run as", "run_as", "Run-As"):
        with pytest.raises(NotPermitted, match="runs as yourself"):
            manager.add("another", {**definition, key: "admin@example.com"}, BOB)


@pytest.mark.parametrize("caller", [ALICE, code("Python")])
def test_whoever_is_not_limited_may_name_anything(caller):
    manager = management_with().manager
    hooks = dict.fromkeys(HOOKS, EVIL)
    more = {"monitor": "https://example.com/", "run as": "admin@example.com", "args": ["true"]}
    assert (
        manager.add("new", {"function": EVIL, **HOURLY, **hooks, **more}, caller).run_as
        == "admin@example.com"
    )
    assert manager.add("plain one", {"function": EVIL, **HOURLY}, caller).run_as is None
    assert manager.run_now("plain", caller, args=["other"])


# --- running jobs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("job", "is_allowed"),
    [("allowed", True), ("theirs", False), ("minutely", False), ("plain", False), ("evil", False)],
)
def test_somebody_limited_may_run_each_job_as_it_is_and_give_arguments_to_what_is_allowed(job, is_allowed):
    management = management_with(FUNCTION)
    management.manager.add("evil", {"function": EVIL, "args": ["true"], **HOURLY}, ALICE)
    assert management.manager.run_now(job, BOB)
    for arguments in ({"args": [1]}, {"kwargs": {"x": 1}}, {"args": []}):
        if is_allowed:
            assert management.manager.run_now(job, BOB, **arguments)
        else:
            with pytest.raises(NotPermitted, match="may not give arguments"):
                management.manager.run_now(job, BOB, **arguments)
    assert len(management.store.run_requests()) == (4 if is_allowed else 1)


def test_a_variable_of_the_environment_is_not_told():
    management = management_with()
    (job,) = [each for each in management.registry.configured if each.name == "plain"]
    hidden = Permissions(management.registry.settings, [], Functions())
    object.__setattr__(job, "written", {"function": "${SECRET}"})
    with pytest.raises(NotPermitted, match=r"`\$\{SECRET\}`"):
        hidden.check_arguments(job, BOB)


def test_arguments_stay_with_the_function_they_were_given_to_when_another_job_takes_the_name():
    management = management_with(FUNCTION)
    management.manager.add("mine", {"function": FUNCTION, **HOURLY}, BOB)
    management.manager.run_now("mine", BOB, args=["rm -rf /"])
    taken = management.manager.add("mine", {"function": EVIL, "run as": "admin@example.com", **HOURLY}, ALICE)
    for claimed in (ordered(management, taken), tried_again(management, taken)):
        assert (claimed.function, claimed.run_as, claimed.args) == (FUNCTION, BOB.name, ("rm -rf /",))


def test_a_job_with_the_call_of_another_takes_no_arguments_whoever_gives_them():
    management = management_with(FUNCTION)
    management.manager.add("mails", {"function": FUNCTION, **HOURLY}, code("Python"))
    management.manager.run_now("mails", code("Python"), args=["what a user typed"])
    configured = {"function": "builtins.print", "args": ["configured"], "Fixed-Arguments": False, **HOURLY}
    management.manager.add("mails", configured, BOB)
    other = Management(management.store.world, block={**BLOCK, "api functions": FUNCTION}, name="other")
    other.registry.refresh()
    taken = other.registry.find("mails")
    for claimed in (ordered(management, taken), tried_again(management, taken)):
        assert (claimed.function, claimed.args) == ("builtins.print", ("configured",))
    for caller in (code("Python"), ALICE):
        with pytest.raises(NotPossible, match="are fixed"):
            other.manager.run_now("mails", caller, args=["what a user typed"])
        assert other.manager.run_now("mails", caller)


def ordered(management, job):
    """Return the job as it runs for the order there is; the run fails."""
    (run_request,) = management.store.run_requests()
    return failed(management, ClaimRequest(job, run_request=run_request))


def tried_again(management, job):
    """Return the job as it runs when its last run is tried again."""
    management.manager.retry(management.manager.runs(RunQuery(job=job.name))[0].id, BOB)
    (retry,) = management.store.retries([job.name], NOON)
    return failed(management, ClaimRequest(job, retry=retry))


def failed(management, wanted):
    (claim,) = management.store.claim([wanted], NOON)
    management.store.finish(claim.run, Outcome(status=Status.FAILED, started=NOON, finished=NOON))
    return claim.run.job


def test_whatever_else_is_done_to_jobs_is_open_to_all_who_are_let_in():
    management = management_with()
    management.manager.add("evil", {"function": EVIL, "args": ["true"], **HOURLY}, ALICE)
    assert management.manager.pause("evil", BOB)
    assert management.manager.resume("evil", BOB)
    assert management.manager.cancel("evil", BOB)
