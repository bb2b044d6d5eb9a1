"""Working time counted minute by minute, from the seeds alone: the independent witness of the clock.

Here: one truth value for each minute of seven years, and counting over it. No running total is shared with
the warehouse, no SQL is read.
Not here: the cases; see tests/integration/test_clock.py.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
FIRST, END = np.datetime64("2020-01-01"), np.datetime64("2027-01-01")
MINUTES = 1440
Session = tuple[int, int]


def minutes_of(moments: npt.NDArray[np.datetime64]) -> Ints:
    """Minutes since the first day's midnight, seconds dropped."""
    return (moments.astype("datetime64[m]") - FIRST.astype("datetime64[m]")).astype(np.int64)


def working_days(exceptions: Path) -> Flags:
    """Whether each day is worked: the week's rule, and the rows that break it."""
    with exceptions.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    off = [row["date"] for row in rows if row["kind"] == "off"]
    made_up = np.array([row["date"] for row in rows if row["kind"] == "work"], dtype="datetime64[D]")
    days = np.arange(FIRST, END)
    return np.is_busday(days, holidays=off) | np.isin(days, made_up)


@dataclass(frozen=True)
class MinuteByMinute:
    """The clock of one timesheet.

    Attributes:
        works: one value for each day.
        worked: one value for each minute.
        passed: worked minutes before each minute.
        days_passed: worked days up to and including each day.
        closes: minute of the day at which work ends, for each day.
    """

    works: Flags
    worked: Flags
    passed: Ints
    days_passed: Ints
    closes: Ints

    @classmethod
    def of(cls, works: Flags, hours: list[tuple[str, list[Session]]]) -> MinuteByMinute:
        """Mark each minute; `hours` are the sessions from a date on, in order of date."""
        grid = np.zeros((len(works), MINUTES), dtype=bool)
        for since, sessions in hours:
            place = int((np.datetime64(since) - FIRST).astype(int))
            grid[place:] = False
            for start, end in sessions:
                grid[place:, start:end] = works[place:, None]
        closes = np.where(works, MINUTES - np.argmax(grid[:, ::-1], axis=1), 0)
        worked = grid.ravel()
        passed = np.concatenate([[0], np.cumsum(worked)])
        return cls(works, worked, passed, np.cumsum(works), closes)

    def working_day_from(self, day: Ints) -> Ints:
        """The day itself if it is worked, else the next that is."""
        worked = np.flatnonzero(self.works)
        return worked[np.searchsorted(worked, day)]

    def receipt(self, received: Ints, has_time: Flags, cutoff: Ints) -> tuple[Ints, Ints]:
        """Day a receipt belongs to, and the minute from which time runs; `cutoff` 9999 is none."""
        day, minute = received // MINUTES, received % MINUTES
        too_late = ~self.works[day] | (has_time & (minute > np.minimum(cutoff, self.closes[day])))
        counted = self.working_day_from(np.where(too_late, day + 1, day))
        return counted, np.where(too_late | ~has_time, counted * MINUTES, received)

    def deadline(self, due: Ints, has_time: Flags) -> Ints:
        """Minute at which a promise ends, moved on from a day off; without a time of day at the day's end."""
        day = due // MINUTES
        moved = self.working_day_from(day)
        return np.where(has_time & (moved == day), due, (moved + 1) * MINUTES - 1)

    def minutes(self, start: Ints, end: Ints) -> Ints:
        """Worked minutes between two, none if the second is earlier."""
        return np.maximum(self.passed[end] - self.passed[start], 0)

    def days(self, start: Ints, end: Ints) -> Ints:
        """Worked days after the first day up to the second, none if the second is earlier."""
        return np.maximum(self.days_passed[end] - self.days_passed[start], 0)

    def due(self, counted: Ints, start: Ints, count: Ints, unit: npt.NDArray[np.str_]) -> Ints:
        """Minute at which a limit ends that began to run at `start` on the day `counted`."""
        worked_days, worked_minutes = np.flatnonzero(self.works), np.flatnonzero(self.worked)
        by_working_day = worked_days[
            np.searchsorted(worked_days, counted) + np.where(unit == "working_day", count, 0)
        ]
        by_calendar_day = self.working_day_from(counted + np.where(unit == "calendar_day", count, 0))
        by_month = self.working_day_from(months_later(counted, np.where(unit == "month", count, 0)))
        day = np.select(
            [unit == "working_day", unit == "calendar_day"], [by_working_day, by_calendar_day], by_month
        )
        needed = np.where(unit == "hour", count * 60, 1)
        by_hour = worked_minutes[self.passed[start] + needed - 1] + 1
        return np.where(unit == "hour", by_hour, day * MINUTES + self.closes[day])


def months_later(day: Ints, count: Ints) -> Ints:
    """The same day of a later month, or that month's last."""
    date = FIRST + day
    month = date.astype("datetime64[M]")
    day_of_month = (date - month.astype("datetime64[D]")).astype(np.int64)
    target = month + count
    last = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64) - 1
    return (target.astype("datetime64[D]") - FIRST).astype(np.int64) + np.minimum(day_of_month, last)
