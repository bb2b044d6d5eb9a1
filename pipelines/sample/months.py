"""The months of one generation: which they are, how many dossiers each gets, where its draws come from.

Here: what every layout needs before it draws anything.
Not here: one month's bounds (`Month` in `lives.py`), the draws themselves.
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from pipelines.sample.calendar import DAY, OutsideCalendar, WorkingCalendar
from pipelines.sample.lives import Month
from pipelines.sample.options import GenerateOptions, parameters

if TYPE_CHECKING:
    from collections.abc import Sequence


def months_of(options: GenerateOptions) -> list[Month]:
    """The months asked for, each with its place between first and last."""
    steps = max(len(options.months) - 1, 1)
    return [Month(year, month, n / steps) for n, (year, month) in enumerate(options.months)]


def check_within(calendar: WorkingCalendar, months: Sequence[Month]) -> None:
    """Refuse months that the working calendar does not know.

    Raises:
        OutsideCalendar: with the days it knows and what to do.
    """
    if months[0].start // DAY < calendar.first_day or months[-1].end // DAY > calendar.last_day + 1:
        first, last = (date(1970, 1, 1) + timedelta(days=d) for d in (calendar.first_day, calendar.last_day))
        raise OutsideCalendar(
            f"the working calendar knows {first} to {last} only "
            "→ ask for months within, or add years to calendar_exceptions.csv"
        )


def spread(
    total: int, calendar: WorkingCalendar, months: Sequence[Month], shares: Sequence[float]
) -> list[list[int]]:
    """Dossiers of each month and share, by working days and growth; they add up to the total."""
    volume = [
        calendar.working_days_in(month.start // DAY, month.end // DAY)
        * month.between(parameters("world")["growth"])
        for month in months
    ]
    weight = np.outer(volume, shares)
    steps = np.floor(np.cumsum(weight) / weight.sum() * total + 0.5).astype(np.int64)
    return [list(map(int, row)) for row in np.diff(steps, prepend=0).reshape(weight.shape)]


def draws(options: GenerateOptions, month: Month, stream: int) -> np.random.Generator:
    """A source of draws of its own for each month and purpose, so that none disturbs another."""
    return np.random.Generator(np.random.PCG64([options.seed, month.year, month.month, stream]))
