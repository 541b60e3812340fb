"""Blocks written as YAML, loaded as docassemble loads them, and read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import yaml

from docassemble.Scheduler.config import Configuration, SourceFindings, parse
from docassemble.Scheduler.core.problem import Problem, Severity

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)


def read(text: str, *, environ: Mapping[str, str] | None = None, **options: Any) -> Configuration:
    """Read the YAML text of a block, without the line `scheduler:`."""
    block = yaml.load(text, Loader=yaml.FullLoader)
    return parse(block, **{"zone": "Europe/Berlin", "environ": environ or {}, "now": NOW, **options})


def read_job(text: str, **options: Any) -> Configuration:
    """Read one job, `test.job`, whose keys are in the text."""
    lines = "\n".join(f"  {line}" for line in text.splitlines())
    return read(f"test.job:\n{lines}", **options)


def codes(configuration: Configuration, severity: Severity | None = None) -> list[str]:
    return [each.code for each in configuration.problems if severity in (None, each.severity)]


def only_problem(configuration: Configuration) -> Problem:
    (problem,) = configuration.problems
    return problem


def findings(**options: Any) -> SourceFindings:
    return SourceFindings(**options)
