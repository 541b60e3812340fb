"""Days against cronsim's own matching: every day of the 400 years after which the calendar repeats."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from cronsim import CronSim

from docassemble.Scheduler.schedules.cron.pattern import Days


@pytest.mark.parametrize(
    "text", ["31 2-12/5 *", "LW * 2#5", "L * 0L", "13 * FRI", "*/2 * 1-5,7", "29,LW 2 7#1"]
)
def test_the_days_of_400_years_are_those_of_cronsim(text: str) -> None:
    sim = CronSim(f"0 0 {text}", datetime(2000, 1, 1, tzinfo=timezone.utc))
    days = Days.of(sim, both=sim.day_and)
    day = date(2000, 1, 1)
    while day.year < 2400:
        if day.day == 1:
            mask = days.in_month(day.year, day.month)
        assert bool(mask >> day.day & 1) == (day.month in sim.months and sim.match_day(day)), day
        day += timedelta(days=1)
