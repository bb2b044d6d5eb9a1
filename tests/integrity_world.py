"""A small world of honest offices, in which a few cases of each integrity signal are planted.

Here: what portals deliver about it, and which dossiers show which signal by plan.
Not here: what the warehouse finds (tests/integration/test_integrity.py). The sample knows nothing of it.
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from pipelines.settings import PROJECT_ROOT
from tests.minute_by_minute import working_days

SYSTEM = "nghean_igate"
FIRST_CUT, LAST_CUT = datetime(2026, 3, 2, 0, 30), datetime(2026, 6, 1, 0, 30)
BEGIN = date(2026, 1, 5)
LIMIT_DAYS = 20
CASES = 12
# 13/3 is the last working day of a reporting period, the 14th a Saturday
PERIOD_END, EVENING = datetime(2026, 3, 13, 15), datetime(2026, 3, 18, 21)
PROCEDURE = {"procedure_code": "1.001193", "procedure_name": "Đăng ký khai sinh", "field_name": "Hộ tịch"}

Row = dict[str, Any]


def pseudonym(text: str) -> str:
    """What ingestion would leave of a telephone or an identity number."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class IntegrityWorld:
    """Everything delivered, and which dossiers were planted for which signal."""

    seed: int = 34
    dossier_count: int = 4_000
    planted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    dossiers: list[Row] = field(default_factory=list)
    ratings: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        worked = working_days(PROJECT_ROOT / "dbt_project" / "seeds" / "calendar_exceptions.csv")
        every_day = np.arange(np.datetime64("2020-01-01"), np.datetime64("2027-01-01"))
        self.days: list[date] = [d for d in every_day[worked].tolist() if d >= BEGIN]
        self.offices = [f"H41.{n:02d}" for n in range(2, 10)]
        for number in range(self.dossier_count):
            self._deliver(self._honest(f"honest {number}"))
        self._plant_alone()
        self._plant_together()

    def registers(self) -> dict[str, list[Row]]:
        """Offices and the limit of the only procedure."""
        return {
            "agencies": [
                {"agency_code": code, "agency_name": code, "valid_from_date": date(2020, 1, 1)}
                for code in self.offices
            ],
            "procedures": [dict(PROCEDURE)],
            "procedure_limits": [
                {
                    "procedure_code": PROCEDURE["procedure_code"],
                    "line_number": line,
                    "channel_code": channel,
                    "limit_count_label": str(LIMIT_DAYS),
                    "limit_unit_code": "working_day",
                }
                for line, channel in enumerate(("online", "direct"), start=1)
            ],
        }

    def _at(self, day: int, minute: int | None = None) -> datetime:
        """A moment on the n-th working day, in the hours unless said otherwise."""
        minute = self.dice.choice([*range(425, 685), *range(815, 1015)]) if minute is None else minute
        return datetime.combine(self.days[day], datetime.min.time()) + timedelta(minutes=minute)

    def _honest(self, code: str, received_day: int | None = None) -> Row:
        start = self.dice.randrange(60) if received_day is None else received_day
        received, due_day = self._at(start), start + LIMIT_DAYS
        ended_day = start + self.dice.randint(1, LIMIT_DAYS + 1)
        online = self.dice.random() < 0.5
        row: Row = {
            "source_system": SYSTEM,
            "dossier_code": code,
            "agency_code": self.dice.choice(self.offices),
            "channel_code": "online" if online else "direct",
            "status_code": "returned",
            "applied_at": received - timedelta(minutes=self.dice.randint(0, 200)),
            "received_at": received,
            "due_at": received.replace(
                year=self.days[due_day].year, month=self.days[due_day].month, day=self.days[due_day].day
            ),
            "finished_at": self._at(ended_day),
            "applicant_phone_key": pseudonym(f"phone {code if self.dice.random() < 0.7 else code[:-1]}"),
            "applicant_id_number_key": pseudonym(f"person {code}"),
            **PROCEDURE,
        }
        if self.dice.random() < 0.03:  # a long evening now and then
            row["finished_at"] = self._at(ended_day, self.dice.randint(1060, 1200))
        if self.dice.random() < 0.1:
            row["supplement_requested_at"] = self._at(self.dice.randint(start, due_day))
            row["supplement_request_count"] = 1
        return row

    def _deliver(self, last: Row, first: Row | None = None) -> None:
        """What the first extraction tells, where it tells anything, and what the last one does."""
        if first is None and last["received_at"] < FIRST_CUT < last["finished_at"]:
            first = last | {"status_code": "processing", "finished_at": None}
            first |= {"supplement_requested_at": None, "supplement_request_count": None}
        if first is not None:
            self.dossiers.append(first | {"observed_at": FIRST_CUT})
        self.dossiers.append(last | {"observed_at": LAST_CUT})
        if self.dice.random() < 0.3 and last["finished_at"]:
            self._rate(
                last["dossier_code"], last["finished_at"] + timedelta(minutes=self.dice.randint(1, 3000))
            )

    def _rate(self, code: str, at: datetime) -> None:
        answer = self.dice.choices(["very_satisfied", "satisfied", "unsatisfied"], [6, 3, 1])[0]
        self.ratings.append(
            {"source_system": SYSTEM, "dossier_code": code, "rated_at": at, "satisfaction_code": answer}
            | {"observed_at": LAST_CUT}
        )

    def _plant(self, signal: str, number: int, received_day: int, **told: Any) -> Row:
        code = f"{signal} {number:02d}"
        self.planted[signal].add(f"{SYSTEM}:{code}")
        plain = self._honest(code, received_day) | {"supplement_requested_at": None}
        return plain | {"supplement_request_count": None} | told

    def _plant_alone(self) -> None:
        for n in range(CASES):
            row = self._plant("due_moved_after_expiry", n, 5, finished_at=self._at(27))
            early = {"due_at": self._at(10), "status_code": "processing", "finished_at": None}
            self._deliver(row, row | early)

            row = self._plant("supplement_on_due_day", n, n, finished_at=self._at(n + 22))
            self._deliver(row | {"supplement_requested_at": row["due_at"], "supplement_request_count": 1})

            row = self._plant("closed_and_reopened", n, n, finished_at=self._at(n + 9))
            self._deliver(row | {"finished_at": None, "status_code": "processing"}, row)

            row = self._plant("result_before_receipt", n, n + 20)
            self._deliver(row | {"finished_at": row["received_at"] - timedelta(minutes=1 + 500 * n)})

            row = self._plant("online_accepted_late", n, n + 20, channel_code="online")
            self._deliver(row | {"applied_at": self._at(n + 17)})

            row = self._plant("due_beyond_limit", n, n + 20)
            self._deliver(row | {"due_at": self._at(n + 20 + LIMIT_DAYS + 1 + n % 3)})

    def _plant_together(self) -> None:
        for n in range(CASES + 6):
            at_night = EVENING + timedelta(minutes=self.dice.randint(0, 4))
            office = {"agency_code": self.offices[0]}
            self._deliver(self._plant("bulk_closing_outside_hours", n, 20, finished_at=at_night, **office))

            at_end = PERIOD_END + timedelta(minutes=self.dice.randint(0, 4))
            office = {"agency_code": self.offices[1]}
            self._deliver(self._plant("bulk_closing_at_period_end", n, 20, finished_at=at_end, **office))

            phone = {"applicant_phone_key": pseudonym("the same")}
            self._deliver(self._plant("one_phone_many_people", n, n, **phone))

            row = self._plant("identical_ratings_in_burst", n, 10, agency_code=self.offices[2])
            self.dossiers.append(row | {"observed_at": LAST_CUT})
            self.ratings.append(
                {
                    "source_system": SYSTEM,
                    "dossier_code": row["dossier_code"],
                    "rated_at": datetime(2026, 4, 2, 10) + timedelta(minutes=self.dice.randint(0, 4)),
                    "satisfaction_code": "very_satisfied",
                    "observed_at": LAST_CUT,
                }
            )
