# do not pre-load
"""The pages that edit: Check a block, Explain a crontab, Add a job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from flask import flash, redirect, request, url_for
from markupsafe import escape

from ...config.values.hints import normalised
from ...core.clock import Clock
from ...core.errors import DefinitionError, NotPermitted, NotPossible, SchedulerError, StoreUnavailable
from ...core.job import Job
from ...core.problem import Severity
from ...execution.catalog import MAX_FUNCTIONS, TASKS, Signature
from ...management.drafts.blocks import CheckedBlock
from ...management.drafts.editing import Editing, edits_configuration
from ...management.drafts.explain import Explanation, due_times, explain, read_alone
from ...management.manager import SchedulerManager
from ...management.permissions import Caller
from ...management.status import schedule_in_words
from .job_form import CRON, MAX_FIELD, JobForm, by_field, errors_of
from .rendering import is_refresh

#: characters of a crontab expression
MAX_EXPRESSION = 1_000
#: keys that have an effect on when a job is due, beside those of its schedule
_AROUND = ("time zone", "start", "end", "jitter", "except", "holidays", "on holiday")


class Person(Protocol):
    """Who looks at a page."""

    @property
    def caller(self) -> Caller:
        """Who it is, and what docassemble lets them do."""
        ...

    @property
    def user(self) -> int | None:
        """The number of the user in docassemble."""
        ...

    def word(self, text: str) -> str:
        """Return a text in their language."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a form would make, as far as that is known before it is added."""

    explanation: Explanation | None = None
    signature: Signature | None = None
    errors: Mapping[str, str]
    warnings: Mapping[str, str]


class EditorPages:
    """The pages, around the parts that read text; `render` shows a template."""

    def __init__(
        self,
        editing: Editing,
        *,
        person: Person,
        clock: Clock,
        render: Callable[..., Any],
        manager: Callable[[], SchedulerManager] | None,
    ) -> None:
        """Without a manager, nothing can be added."""
        self._editing = editing
        self._person = person
        self._clock = clock
        self._render = render
        self._manager = manager

    def rules(self) -> Iterator[tuple[str, str, Callable[[], Any]]]:
        """Yield the address, name and view of each page."""
        yield "/check", "check", self.check
        yield "/explain", "explain", self.explain
        if self._manager is not None:
            yield "/add", "add", self.add

    # --- Check a block ----------------------------------------------------------------------------

    def check(self) -> Any:
        """Check what stands in the form; or load into it what the configuration says now, and lead to a job."""
        caller, text = self._person.caller, request.form.get("block", "")
        job = request.args.get("job", "")[:MAX_EXPRESSION]
        can_edit, found = edits_configuration(caller), None
        if request.form.get("do") == "load" or (job and request.method == "GET"):
            text = self._current_block(caller)
        elif request.method == "POST":
            found = self._editing.checker.check(text, caller)
        return self._render(
            "check",
            text=text,
            job=job,
            line=self._editing.line_in(text, job) if job else None,
            line_of_file=self._editing.line_of(job) if job and can_edit else None,
            found=found,
            counts=None if found is None else _counts(found),
            can_edit=can_edit,
            configuration=f"{request.script_root}/config",
        )

    def _current_block(self, caller: Caller) -> str:
        if not edits_configuration(caller):
            raise NotPermitted(
                "docassemble does not show you its configuration", hint="paste the block into the page"
            )
        try:
            return self._editing.read_block()
        except (OSError, ValueError) as error:
            raise NotPossible(f"the configuration cannot be read: {type(error).__name__}") from error

    # --- Explain a crontab ------------------------------------------------------------------------

    def explain(self) -> Any:
        """Explain the expression of the address."""
        text = request.values.get("crontab", "").strip()
        zone = request.values.get("zone", "").strip() or self._editing.zone()
        explanation, error = None, ""
        if text:
            try:
                explanation = explain(text[: MAX_EXPRESSION + 1], zone[:MAX_EXPRESSION], self._clock.now())
            except DefinitionError as wrong:
                error = " ".join(f"{each.sentence} {each.hint}" for each in wrong.problems)
        return self._render(
            "explain",
            crontab=text[:MAX_EXPRESSION],
            zone=zone[:MAX_EXPRESSION],
            explanation=explanation,
            error=error,
        )

    # --- Add a job --------------------------------------------------------------------------------

    def add(self) -> Any:
        """Show the form, what it would make, or add it and show the job."""
        manager, caller = self._their_manager(), self._person.caller
        changed = request.values.get("job", "")[:MAX_EXPRESSION]
        if request.method == "POST":
            form, errors = JobForm.typed(_fields()), {}
            if changed:
                form = replace(form, values={**form.values, "name": changed})
            if request.form.get("do") == "add":
                try:
                    return self._added(form, manager, caller, changed)
                except StoreUnavailable:
                    raise
                except SchedulerError as error:
                    errors = errors_of(error, form.way)
        else:
            form, errors = self._begun(manager, caller, changed), {}
        preview = self._preview(form, manager, caller)
        # an error that was found when it was to be added says more than one that is seen while typing
        return self._render(
            "add",
            form=form,
            errors={**preview.errors, **errors},
            preview=preview,
            changed=changed,
            names=() if is_refresh() else self._names(manager, caller),
            cron=CRON,
            zone=manager.settings.time_zone,
        )

    def _begun(self, manager: SchedulerManager, caller: Caller, changed: str) -> JobForm:
        if changed:
            return JobForm.of(changed, manager.definition(changed, caller))
        return JobForm.typed(request.args)

    def _added(self, form: JobForm, manager: SchedulerManager, caller: Caller, changed: str) -> Any:
        name, keys = form.value("name"), form.definition(self._editing.read_keys)
        if changed:
            manager.definition(changed, caller)
        elif any(state.added for state in manager.jobs([name], recent=0)):
            raise DefinitionError(
                f"there is an added job {name!r} already", hint="choose another name, or change that job"
            )
        manager.add(name, keys, caller)
        said = self._person.word("The job is changed." if changed else "The job is added.")
        flash(str(escape(said)), "success")  # docassemble prints what is flashed as HTML
        return redirect(url_for("docassemble_scheduler.job", name=name), 303)

    def _preview(self, form: JobForm, manager: SchedulerManager, caller: Caller) -> Preview:
        """Return what a form would make; imports nothing."""
        signature = self._signature(form.value("function"), manager, caller)
        keys = {"time zone": manager.settings.time_zone, **form.schedule()}
        try:
            more = self._editing.read_keys(form.value("more"))
        except SchedulerError:
            more = {}
        if form.way == "other":
            keys |= {**more}
            keys.pop("function", None)
        keys |= {name: value for name, value in more.items() if normalised(name) in _AROUND}
        if form.value("time zone"):
            keys["time zone"] = form.value("time zone")
        if not (form.schedule() or form.way == "other"):
            return Preview(signature=signature, errors={}, warnings={})
        now = self._clock.now()
        job, problems = read_alone(keys, now)
        explanation = None if job is None else _explained(job, now)
        errors = [each for each in problems if each.severity is Severity.ERROR]
        pitfalls = [each for each in problems if each.severity is Severity.WARNING]
        return Preview(
            explanation=explanation,
            signature=signature,
            errors=by_field(errors, form.way) if form.way != "other" else {},
            warnings=by_field(pitfalls, form.way),
        )

    def _signature(self, name: str, manager: SchedulerManager, caller: Caller) -> Signature | None:
        if not name or (caller.is_limited and name not in self._names(manager, caller)):
            return None
        return self._editing.catalog.signature(name)

    def _names(self, manager: SchedulerManager, caller: Caller) -> list[str]:
        """Return the functions that somebody may name, as far as they are known."""
        configured = manager.nameable()
        if caller.is_limited:
            return configured
        catalog, user = self._editing.catalog, self._person.user
        own = [] if user is None else catalog.playground(user)
        return list(dict.fromkeys([*own, *configured, *TASKS, *catalog.packages()]))[:MAX_FUNCTIONS]

    def _their_manager(self) -> SchedulerManager:
        assert self._manager is not None  # noqa: S101 - else there is no such page
        return self._manager()


def _explained(job: Job, now: datetime) -> Explanation:
    return Explanation(
        expression="",
        job=job,
        words=schedule_in_words(job),
        time_zone=job.time_zone,
        due=due_times(job, now),
    )


def _fields() -> dict[str, str]:
    for name, value in request.form.items():
        if len(value) > MAX_FIELD:
            raise NotPossible(f"the field {name[:50]!r} has more than {MAX_FIELD:,} characters")
    return dict(request.form.items())


def _counts(found: CheckedBlock) -> Mapping[str, int]:
    errors = sum(each.severity is Severity.ERROR for each in found.problems)
    return {
        "jobs": found.job_count,
        "errors": errors,
        "warnings": len(found.problems) - errors,
        "more_problems": found.problem_count - len(found.problems),
        "more_jobs": found.job_count - len(found.jobs),
    }
