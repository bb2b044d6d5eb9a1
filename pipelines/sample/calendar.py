"""Working days and working time of the synthetic province, in vectors.

Here: the calendar the portals promise by, and time counted in working seconds.
Not here: the warehouse's own clock; this one is kept apart so that each can be the other's witness.
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from pipelines.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

DAY = 86_400
HOUR = 3_600
# sessions 7:00–11:30 and 13:30–17:00, domain.md §2.3
MORNING = (7 * HOUR, 11 * HOUR + HOUR // 2)
AFTERNOON = (13 * HOUR + HOUR // 2, 17 * HOUR)
MORNING_SECONDS = MORNING[1] - MORNING[0]
WORKING_DAY = MORNING_SECONDS + AFTERNOON[1] - AFTERNOON[0]
NEVER = 10_000_000 * DAY  # a moment after every calendar; a whole day, so that rounding keeps it
_EPOCH = date(1970, 1, 1)
_FRIDAY = 4


def seconds_of(year: int, month: int, day: int = 1) -> int:
    """Midnight of a date, in seconds since 1970 of the local wall clock."""
    return (date(year, month, day) - _EPOCH).days * DAY


class OutsideCalendar(Refusal, ValueError):
    """Something was asked for on days that the working calendar does not know."""


@dataclass(frozen=True)
class WorkingCalendar:
    """Days that are worked, from the first to the last year the calendar names.

    Attributes:
        days: days since 1970 that are worked, ascending.
        first_day: first day the calendar knows, days since 1970.
        last_day: last day it knows.
    """

    days: Ints
    first_day: int
    last_day: int

    @classmethod
    def read(cls, path: Path) -> WorkingCalendar:
        """Read exceptions from the week's rule.

        Args:
            path: CSV with at least `date` (ISO) and `kind` (`off` or `work`).

        Raises:
            FileNotFoundError: there is no such file.
        """
        with path.open(encoding="utf-8-sig", newline="") as lines:
            exceptions = {date.fromisoformat(row["date"]): row["kind"] for row in csv.DictReader(lines)}
        first = date(min(exceptions).year, 1, 1)
        last = date(max(exceptions).year, 12, 31)
        worked = []
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            usual = "work" if day.weekday() <= _FRIDAY else "off"
            if exceptions.get(day, usual) == "work":
                worked.append((day - _EPOCH).days)
        return cls(np.array(worked, dtype=np.int64), (first - _EPOCH).days, (last - _EPOCH).days)

    def plain_weeks(self) -> WorkingCalendar:
        """The same years as if Monday to Friday were always worked, and nothing else."""
        every = np.arange(self.first_day, self.last_day + 1, dtype=np.int64)
        weekday = (every + _EPOCH.weekday()) % 7
        return WorkingCalendar(every[weekday <= _FRIDAY], self.first_day, self.last_day)

    def worked_through(self, day: Ints) -> Ints:
        """Number of working days from the start of the calendar up to and with each day."""
        return np.searchsorted(self.days, day, side="right").astype(np.int64)

    def index_from(self, day: Ints) -> Ints:
        """Index of the first working day on or after each day."""
        return np.searchsorted(self.days, day, side="left").astype(np.int64)

    def day_at(self, index: Ints) -> Ints:
        """Day since 1970 of each index; beyond the calendar a day that turns into `NEVER`."""
        known = self.days[np.minimum(index, len(self.days) - 1)]
        return np.where(index < len(self.days), known, NEVER // DAY)

    def to_working(self, moment: Ints) -> Ints:
        """Working seconds since the calendar's start; time off counts as the start of the next session."""
        day, second = np.divmod(moment, DAY)
        index = self.index_from(day)
        worked = self.day_at(index) == day
        morning = np.clip(second - MORNING[0], 0, MORNING_SECONDS)
        afternoon = np.clip(second - AFTERNOON[0], 0, WORKING_DAY - MORNING_SECONDS)
        return index * WORKING_DAY + np.where(worked, morning + afternoon, 0)

    def from_working(self, working: Ints) -> Ints:
        """Moment at which so many working seconds have passed; `NEVER` beyond the calendar."""
        index, rest = np.divmod(working, WORKING_DAY)
        second = np.where(rest < MORNING_SECONDS, MORNING[0] + rest, AFTERNOON[0] + rest - MORNING_SECONDS)
        return np.where(index < len(self.days), self.day_at(index) * DAY + second, NEVER)

    def working_days_in(self, first_day: int, end_day: int) -> int:
        """Number of working days in [first_day, end_day), days since 1970."""
        first, end = np.searchsorted(self.days, [first_day, end_day])
        return int(end - first)
