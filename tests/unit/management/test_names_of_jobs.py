"""Names that lead nowhere are found inside docassemble."""

import sys
import types
from collections import Counter
from contextlib import contextmanager

import pytest

from docassemble.Scheduler.core.errors import HostError
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.management.check import inspect
from tests.unit.runs import a_run


class Host:
    @contextmanager
    def context(self, user):
        if user not in {None, "clerk@example.com"}:
            raise HostError(f"docassemble has no user {user!r}", hint="See the User List")
        yield


@pytest.fixture
def problems(monkeypatch):
    module = types.ModuleType("staged")
    vars(module).update(work=print, check=bool)
    monkeypatch.setitem(sys.modules, "staged", module)
    return lambda **fields: inspect([a_run(**fields).job], Functions(), Host())


def test_what_is_there_is_no_problem(problems):
    assert not problems(only_if="staged.check", on_exit="staged.work", run_as="clerk@example.com")


@pytest.mark.parametrize(
    ("field", "key"),
    [
        ("contextmanager", "contextmanager"),
        ("error_handler", "error handler"),
        ("only_if", "only if"),
        ("on_exit", "on exit"),
    ],
)
def test_a_name_that_leads_nowhere_is_a_problem_of_its_key(problems, field, key):
    (problem,) = problems(**{field: "staged.wrok"})
    assert problem.code == "function-not-found"
    assert problem.path == ("scheduler", "staged.work", key)
    assert "staged" in problem.sentence


def test_the_function_itself_is_a_problem_of_the_job(problems):
    (problem,) = problems(name="staged.wrok")
    assert problem.path == ("scheduler", "staged.wrok")
    assert problem.hint == "Did you mean 'work'?"


def test_an_unknown_user_is_a_problem(problems):
    (problem,) = problems(run_as="nobody@example.com")
    assert (problem.code, problem.path[-1]) == ("unknown-user", "run as")
    assert problem.hint == "See the User List"


def test_what_many_jobs_name_is_looked_up_once(monkeypatch):
    host, looked_up = Host(), []

    class Counting(Functions):
        def find(self, name):
            looked_up.append(name)
            return super().find(name)

    enter = host.context
    monkeypatch.setattr(host, "context", lambda user: looked_up.append(user) or enter(user))
    jobs = [
        a_run(name=f"math.wrong {i}", function="math.wrong", run_as="nobody@example.com").job
        for i in range(3)
    ]
    problems = inspect(jobs, Counting(), host)
    assert looked_up == [None, "math.wrong", "nobody@example.com"]
    assert Counter(problem.code for problem in problems) == {"function-not-found": 3, "unknown-user": 3}


def test_r1_a_generator_function_is_a_problem_of_its_own_but_not_as_a_context_manager(problems, monkeypatch):
    def generator():
        yield

    monkeypatch.setattr(sys.modules["staged"], "generator", generator, raising=False)
    (problem,) = problems(name="staged.generator")
    assert (problem.code, problem.path) == ("generator-function", ("scheduler", "staged.generator"))
    (problem,) = problems(only_if="staged.generator")
    assert problem.path == ("scheduler", "staged.work", "only if")
    assert not problems(contextmanager="staged.generator")


def test_i1_a_module_that_ends_is_a_problem_of_its_job_and_of_no_other(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "ends_the_process.py").write_text("import sys\nsys.exit()", encoding="utf-8")
    jobs = [a_run(name=name).job for name in ("ends_the_process.work", "math.sqrt", "math.wrong")]
    problems = inspect(jobs, Functions(), Host())
    assert [problem.path[1] for problem in problems] == ["ends_the_process.work", "math.wrong"]
    assert "SystemExit" in problems[0].sentence
