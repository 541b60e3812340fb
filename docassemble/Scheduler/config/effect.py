# do not pre-load
"""Which of the keys that stand in the block do nothing yet."""

from __future__ import annotations

from dataclasses import fields

from ..job import Job
from ..problem import Problem, Severity
from .codes import Code
from .keys import WITHOUT_EFFECT
from .section import Section
from .settings import Settings


def without_effect(section: Section, target: type[Job] | type[Settings]) -> list[Problem]:
    """Report the keys that ask for something which this release does not do; defaults ask for nothing."""
    defaults = {field.name: field.default for field in fields(target)}
    return [
        given.problem(
            Code.NO_EFFECT_YET,
            f"`{given.path[-1]}` is understood, but what it asks for has no effect in this release.",
            severity=Severity.WARNING,
        )
        for name, given in section.given.items()
        if name in WITHOUT_EFFECT and not given.refusal and given.value != defaults[given.key.field]
    ]
