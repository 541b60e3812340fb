"""How thoroughly Hypothesis looks: `quick` unless pytest's option `--hypothesis-profile` says `full` or `thorough`."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings

FULL = "full"
QUICK = "quick"
THOROUGH = "thorough"
EXAMPLES = {FULL: 100, QUICK: 20, THOROUGH: 1_000}


def register() -> None:
    """Make the profiles known, and take the quick one. A busy machine is slow, which is no failure."""
    patient: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
    for name, number in EXAMPLES.items():
        settings.register_profile(name, max_examples=number, **patient)
    settings.load_profile(QUICK)


def examples(number: int, **more: Any) -> settings:
    """Let a test have this many examples in the full profile, and its share of them in the quick one."""
    share = settings().max_examples / EXAMPLES[FULL]
    return settings(max_examples=max(1, round(number * share)), **more)
