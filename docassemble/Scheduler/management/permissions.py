# do not pre-load
"""What people may do here: no more than docassemble lets them do.

Whoever may run any code in docassemble may name any function here. Anybody else is bound to what administrators have
written: the jobs of the configuration and its setting `api functions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from ..config import Settings
from ..config.keys import JOB_KEYS, Group, Key
from ..config.values.readers import EVERYTHING, dotted
from ..core.errors import NotPermitted
from ..core.job import Job
from ..core.texts.excerpt import excerpt
from ..execution.functions import Functions


class Switch(Enum):
    """The directives of docassemble that let people bring code; the values are their names."""

    PLAYGROUND = "enable playground"
    UPDATES = "allow updates"
    CONFIGURATION = "allow configuration editing"
    DEVELOPERS_INSTALL = "developer can install"


#: the ways to run any code in docassemble: a privilege, and the switches that must be on
_WAYS = (
    ("admin", {Switch.PLAYGROUND}),
    ("admin", {Switch.UPDATES}),
    ("admin", {Switch.CONFIGURATION}),
    ("developer", {Switch.PLAYGROUND}),
    ("developer", {Switch.UPDATES, Switch.DEVELOPERS_INSTALL}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who acts, and what docassemble lets them do."""

    #: an e-mail address, put on record
    name: str
    #: the user's privileges in docassemble, and the switches that are on there
    privileges: frozenset[str] = frozenset()
    switches: frozenset[Switch] = frozenset()
    #: whether Python code or the command line acts
    is_code: bool = False

    @property
    def is_administrator(self) -> bool:
        """Whether the caller is one, or acts as one: by code, or on the command line."""
        return self.is_code or "admin" in self.privileges

    @property
    def is_limited(self) -> bool:
        """Whether docassemble does not let the caller run any code."""
        return not self.is_code and not any(
            privilege in self.privileges and needed <= self.switches for privilege, needed in _WAYS
        )


def code(name: str) -> Caller:
    """Return the caller for Python code and the command line, which can do anything anyway."""
    return Caller(name=name, is_code=True)


#: bound keys that have rules of their own
_WITH_RULES = ("args", "kwargs", "run as")
_DEFAULTS = {field.name: field.default for field in fields(Job)}
_LIMITED = "docassemble does not let you run code of your own"
_SAME = "with the same `args`, `kwargs`, `only if` and `contextmanager`"
_ASK = "ask an administrator to allow it with `api functions`"


def _bound_keys() -> list[Key]:
    """Return the keys that are not free, next to `function`."""
    return [key for key in JOB_KEYS.values() if not key.is_free and key.group is not Group.FUNCTION]


class Permissions:
    """Decides what callers may do; its methods raise NotPermitted."""

    def __init__(self, settings: Settings, configured: Iterable[Job], functions: Functions) -> None:
        self._settings = settings
        #: what an administrator has switched off is no permission
        self._configured = tuple(job for job in configured if job.enabled)
        self._functions = functions

    def check_added(self, job: Job, caller: Caller) -> None:
        """Check a job that is to be added; imports a function only if its name is allowed."""
        if not caller.is_limited:
            return
        model = self._model(job)
        if model is None and not self._is_allowed(job.function):
            raise NotPermitted(
                f"{_LIMITED}, so you may not name `{excerpt(job.shown('function'))}`",
                hint=f"use a job of the configuration as it is called there ({_SAME}), or {_ASK}",
            )
        for key in _bound_keys():
            self._check_bound(key, job, model)
        if job.run_as is None or job.run_as.lower() != caller.name.lower():
            raise NotPermitted(f"{_LIMITED}, so a job runs as yourself", hint="leave out `run as`")

    def check_on_demand(self, job: Job, on_demand: Job, caller: Caller) -> None:
        """Check a job that is to be added and has the keys of one on demand: it may differ in harmless ones."""
        if not caller.is_limited:
            return
        for key in _bound_keys():
            if getattr(job, key.field) != getattr(on_demand, key.field):
                raise NotPermitted(
                    f"{_LIMITED}, so `{key.name}` is that of the job {on_demand.name!r}",
                    hint="leave it out, or ask an administrator",
                )

    def check_arguments(self, job: Job, caller: Caller) -> None:
        """Check whether a caller may give a job other arguments than its own."""
        if not caller.is_limited:
            return
        if not self._is_allowed(job.function):
            raise NotPermitted(
                f"{_LIMITED}, so you may not give arguments to `{excerpt(job.shown('function'))}`",
                hint=f"run the job with its own, or {_ASK}",
            )
        if job.run_as is not None and job.run_as.lower() != caller.name.lower():
            raise NotPermitted(
                f"{_LIMITED}, so you may not give arguments to a job that runs as somebody else",
                hint="run the job with its own",
            )

    def nameable(self) -> list[str]:
        """Return the functions that administrators have written: of jobs, and of `api functions`, one by one."""
        jobs = [job.function for job in self._configured if "function" not in job.written]
        others = () if "api_functions" in self._settings.written else self._settings.api_functions
        return list(dict.fromkeys([*jobs, *(each for each in others if not each.endswith(EVERYTHING))]))

    def fixes_arguments(self, job: Job, caller: Caller) -> bool:
        """Return whether a job that was checked may be called with its arguments only, whoever runs it.

        Code runs jobs by their names, with arguments that may be what users have typed.
        """
        return caller.is_limited and not self._is_allowed(job.function)

    def _check_bound(self, key: Key, job: Job, model: Job | None) -> None:
        """Check a key that is not free: it is what administrators have written, or code that they allow."""
        value = getattr(job, key.field)
        if key.name in _WITH_RULES or value in (_DEFAULTS[key.field], self._inherited().get(key.name)):
            return
        if key.read is not dotted:
            raise NotPermitted(
                f"{_LIMITED}, so you may not choose `{key.name}`",
                hint="leave it out, or ask an administrator for a job of the configuration",
            )
        if not (model and value == getattr(model, key.field)) and not self._is_allowed(value):
            raise NotPermitted(
                f"{_LIMITED}, so `{key.name}` may not name `{excerpt(job.shown(key.field))}`", hint=_ASK
            )

    def _inherited(self) -> Mapping[str, Any]:
        """Return what administrators have written for all jobs, by key."""
        given = self._settings.defaults
        return {**given, "error handler": self._settings.error_handler or given.get("error handler")}

    def _model(self, job: Job) -> Job | None:
        """Return a job of the configuration that makes the same call."""
        call = self._call(job)
        return next((each for each in self._configured if self._call(each) == call), None)

    def _call(self, job: Job) -> tuple[object, ...]:
        name = self._functions.full_name(job.function)
        return name, job.args, job.kwargs, job.only_if, job.contextmanager

    def _is_allowed(self, name: str) -> bool:
        """Return whether `api functions` has a function; one that is only imported there has it not."""
        full = self._functions.full_name(name)
        allowed = [self._functions.full_name(each) for each in self._settings.api_functions]
        if full in allowed:
            return True
        # with the dot: a.b.* is not about a.bc
        folders = tuple(each.removesuffix("*") for each in allowed if each.endswith(EVERYTHING))
        return full.startswith(folders) and f"{self._functions.home(name)}.".startswith(folders)
