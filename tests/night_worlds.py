"""Many small worlds at once, each with agencies, dossiers, ratings and a log of its own, drawn from a seed.

Here: what is delivered about them, when, and with which run it comes in: new dossiers, corrections of old
ones, repeats, extracts that come late, agencies that change, dossiers opened again or left out of an export.
Not here: what the warehouse makes of it (tests/integration/test_nights.py).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

Rows = dict[str, list[dict[str, Any]]]

PROCEDURES = [
    {"procedure_code": "1.001193", "procedure_name": "Đăng ký khai sinh", "field_name": "Hộ tịch"},
    {"procedure_code": "1.012784", "procedure_name": "Đăng ký đất đai", "field_name": "Đất đai"},
]
# longer than many a promise: open dossiers turn late by the limit after their month was reported
LIMITS = [
    {
        "procedure_code": procedure["procedure_code"],
        "line_number": 1,
        "channel_code": channel,
        "limit_count_label": str(working_days),
        "limit_unit_code": "working_day",
    }
    for procedure, working_days in zip(PROCEDURES, (20, 35), strict=True)
    for channel in ("online", "direct")
]
# the systems worlds share, with the clock and the rules that come with their names
SHARED = ("nghean_tandan", "nghean_igate", "boston311")
ANSWERS = ("very_satisfied", "satisfied", "neutral", "unsatisfied", "unmapped")


@dataclass
class Delivery:
    """A file: kind, source and moment, the run with which it comes in, its rows, its number in its world."""

    kind: str
    source_id: str
    observed_at: datetime
    run: int
    rows: list[dict[str, Any]]
    number: int

    def told(self) -> Iterator[dict[str, Any]]:
        """Its rows as the lake holds them."""
        identity = f"{self.number} {self.source_id}"
        for row in self.rows:
            yield row | {
                "source_id": self.source_id,
                "observed_at": self.observed_at,
                "file_sha256": identity,
            }


@dataclass
class World:
    """One world: a system, alone in it or sharing it, and all that is ever delivered about it."""

    number: int
    dice: random.Random
    runs: int
    system: str = field(init=False)
    like: str = field(init=False)
    deliveries: list[Delivery] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.like = self.dice.choice(SHARED)
        is_alone = self.dice.random() < 0.7
        self.system = f"world {self.number}" if is_alone else self.like
        self.has_register = self.like != "boston311"
        self.offices = [f"W{self.number}.{n}" for n in range(3)]
        self.dossiers = [self._applied(n) for n in range(self.dice.randint(2, 6))]
        self.steps: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.late_dice = random.Random(f"late {self.number}")
        self._live()

    def agencies(self) -> list[dict[str, Any]]:
        """What the register says of its offices: the first has become the second."""
        first, *others = self.offices
        parent = {"parent_agency_name": f"UBND huyện W{self.number}", "agency_level": "commune"}
        since = {"valid_from_date": date(2020, 1, 1)}
        return [
            parent
            | since
            | {
                "agency_code": first,
                "agency_name": name_of(first),
                "valid_to_date": date(2026, 5, 1),
                "successor_agency_code": others[0],
            },
            *(parent | since | {"agency_code": code, "agency_name": name_of(code)} for code in others),
        ]

    def _applied(self, number: int) -> dict[str, Any]:
        received = datetime(2026, 1, 5, 8) + timedelta(minutes=self.dice.randrange(160 * 24 * 60))
        if self.dice.random() < 0.2:
            received = received.replace(hour=0, minute=0)
        procedure = self.dice.choice(PROCEDURES) if self.dice.random() < 0.8 else {}
        due = received + timedelta(days=self.dice.randint(1, 40), hours=self.dice.randint(-5, 5))
        return procedure | {
            "source_system": self.system,
            "dossier_code": f"W{self.number}-{number}",
            "status_code": "processing",
            "applied_at": received - timedelta(hours=1),
            "received_at": received if self.dice.random() < 0.95 else None,
            "due_at": due if self.dice.random() < 0.9 else None,
            "channel_code": self.dice.choice(["online", "direct"]),
            "office": self.dice.choice(self.offices),
        }

    def _change(self, dossier: dict[str, Any], now: datetime) -> None:
        """One thing that happens to a dossier, or that its portal says otherwise from now on."""
        start = dossier["received_at"] or dossier["applied_at"]
        due = dossier["due_at"] or start
        earlier = now - timedelta(hours=self.dice.randint(1, 900))
        match self.dice.randrange(11):
            case 0 | 1 | 2:
                dossier |= {"status_code": "finished", "finished_at": max(earlier, start)}
            case 3:
                dossier |= {"status_code": "returned", "returned_at": now - timedelta(hours=2)}
            case 4:
                dossier |= {"status_code": "processing", "finished_at": None, "returned_at": None}
            case 5:
                dossier["due_at"] = due + timedelta(days=self.dice.randint(-20, 30))
            case 6:
                dossier["office"] = self.dice.choice(self.offices)
            case 7:
                asked = dossier.get("supplement_request_count") or 0
                dossier |= {
                    "status_code": "supplement_requested",
                    "supplement_request_count": asked + 1,
                    "supplement_requested_at": max(earlier, start),
                }
            case 8:
                dossier |= {"supplement_completed_at": now - timedelta(hours=1), "status_code": "processing"}
            case 9:
                dossier["status_code"] = self.dice.choice(["withdrawn", "stopped", "unmapped", "registered"])
            case 10:
                dossier["stated_outcome_code"] = self.dice.choice(["early", "on_time", "late", None])

    def _named(self, dossier: dict[str, Any]) -> dict[str, Any]:
        told = {name: value for name, value in dossier.items() if name != "office"}
        office = dossier["office"]
        if self.like == "nghean_tandan":
            return told | {"agency_name": name_of(office), "parent_agency_name": f"UBND huyện W{self.number}"}
        return told | {"agency_code": office, "agency_name": name_of(office)}

    def _live(self) -> None:
        now = datetime(2026, 2, 1, 7, 30) + timedelta(days=self.dice.randrange(60))
        if self.system == self.like:
            now = datetime(2026, 3, 1, 7, 30)  # worlds that share a system share its nights
        is_full = self.dice.random() < 0.3 and self.system != self.like
        self.is_quiet = self.dice.random() < 0.5
        known: list[dict[str, Any]] = []
        unheard = list(self.dossiers)
        for run in sorted(self.dice.choices(range(self.runs), k=self.dice.randint(4, 9))):
            while unheard and self.dice.random() < 0.7:
                known.append(unheard.pop())
            for dossier in known:
                if self.dice.random() < 0.45:
                    self._change(dossier, now)
            self._extract(known, now, run, is_full)
            self._list_late(now, run)
            self._rate(now, run)
            self._log(known, now, run)
            now += timedelta(days=self.dice.choice([0, 1, 1, 2, 9, 20, 35]), hours=self.dice.choice([0, 2]))

    def _when(self, run: int) -> int:
        """The run a file comes in with: now and then a later one than its moment would have."""
        return self.dice.randint(run, self.runs - 1) if self.dice.random() < 0.12 else run

    def _deliver(self, kind: str, source: str, now: datetime, run: int, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        source_id = f"{self.system} {self.number} {source}"
        came = self._when(run)
        self._bring(kind, source_id, now, came, rows)
        if self.dice.random() < 0.12:  # the same rows again, in another file
            self._bring(kind, source_id, now, self._when(came), rows)

    def _bring(self, kind: str, source_id: str, now: datetime, run: int, rows: list[dict[str, Any]]) -> None:
        self.deliveries.append(Delivery(kind, source_id, now, run, rows, len(self.deliveries)))

    def _extract(self, known: list[dict[str, Any]], now: datetime, run: int, is_full: bool) -> None:
        part = [dossier for dossier in known if self.dice.random() < (0.85 if is_full else 0.6)]
        scope = "full" if is_full else "changes"
        if self.is_quiet and run and not is_full:
            part = part[:1]  # of most nothing is said again: time passes over them
        self._deliver("dossiers", scope, now, run, [self._named(dossier) for dossier in part])

    def _list_late(self, now: datetime, run: int) -> None:
        """A partial list: days without hours, no status, and the unit that decides for the agency."""
        dice = self.late_dice
        if dice.random() < 0.6:
            return
        rows = [
            {
                "source_system": self.system,
                "dossier_code": dossier["dossier_code"],
                "agency_name": name_of(dice.choice(self.offices)),
                "received_at": day_of(dossier["received_at"]),
                "due_at": day_of(dossier["due_at"]),
                "finished_at": day_of(dossier.get("finished_at")),
            }
            for dossier in self.dossiers
            if dice.random() < 0.5
        ]
        if rows:
            came = dice.randint(run, self.runs - 1) if dice.random() < 0.2 else run
            moment = now + timedelta(hours=dice.choice([0, 3]))
            self._bring("dossiers", f"{self.system} {self.number} partial", moment, came, rows)

    def _rate(self, now: datetime, run: int) -> None:
        if self.dice.random() < 0.5:
            return
        rated = [dossier for dossier in self.dossiers if self.dice.random() < 0.4]
        ends = (now - timedelta(days=1)).date()
        rows = [
            {
                "source_system": self.system,
                "dossier_code": dossier["dossier_code"],
                "agency_name": name_of(self.dice.choice(self.offices)),
                "rated_at": self.dice.choice([None, now - timedelta(days=self.dice.randint(1, 60))]),
                "period_start_date": ends - timedelta(days=60),
                "period_end_date": ends,
                "satisfaction_code": self.dice.choice(ANSWERS),
                "total_score": self.dice.randint(0, 18),
            }
            for dossier in rated
        ]
        self._deliver("ratings", "ratings", now + timedelta(minutes=5), run, rows)

    def _log(self, known: list[dict[str, Any]], now: datetime, run: int) -> None:
        if self.dice.random() < 0.5:
            return
        told = []
        for dossier in self.dossiers if self.dice.random() < 0.3 else known:
            if self.dice.random() < (0.9 if self.is_quiet and run else 0.5):
                continue
            steps = self.steps[dossier["dossier_code"]]
            if steps and steps[-1]["ended_at"] is None and self.dice.random() < 0.6:
                steps[-1]["ended_at"] = now - timedelta(hours=self.dice.randint(1, 60))
            if self.dice.random() < 0.8:
                steps.append(self._step(dossier, now))
            told += [dict(step) for step in steps if self.dice.random() < 0.8]
        self._deliver("processing_log", "log", now + timedelta(minutes=9), run, told)

    def _step(self, dossier: dict[str, Any], now: datetime) -> dict[str, Any]:
        began = now - timedelta(hours=self.dice.randint(1, 400))
        return {
            "source_system": self.system,
            "dossier_code": dossier["dossier_code"],
            "step_name": self.dice.choice(["Tiếp nhận", "Thẩm định", "Ký duyệt", None]),
            "department_name": self.dice.choice(["Một cửa", "Chuyên môn"]),
            "status_code": self.dice.choice(
                ["received", "processing", "processing", "supplement_requested", "finished"]
            ),
            "started_at": began,
            "ended_at": self.dice.choice([None, None, began + timedelta(hours=self.dice.randint(0, 90))]),
            "step_due_at": began + timedelta(days=3) if self.dice.random() < 0.5 else None,
        }


def name_of(office: str) -> str:
    """Name of an office, also where no register knows it."""
    return f"UBND xã {office}"


def day_of(moment: datetime | None) -> datetime | None:
    """The day of a moment, as a list without hours gives it."""
    return moment and moment.replace(hour=0, minute=0)


def worlds(seed: int, count: int, runs: int) -> list[World]:
    """So many worlds; a number and a seed always give the same ones."""
    return [World(n, random.Random(f"{seed} {n}"), runs) for n in range(count)]


def petitions(made: list[World]) -> list[dict[str, Any]]:
    """Two petitions a world, which no night brings: an office by code, another by name, and a dossier."""
    sent = datetime(2026, 3, 2, 9)
    return [
        {
            "petition_code": f"PA-{world.number}-{n}",
            "status_code": "processing",
            "sent_at": sent + timedelta(days=world.number + 40 * n),
            "dossier_code": world.dossiers[0]["dossier_code"],
            **({"agency_name": name_of(world.offices[0])} if n else {"agency_code": world.offices[0]}),
        }
        for world in made
        for n in range(2)
    ]


def registers(made: list[World]) -> Rows:
    """What the first run has to know before it meets a dossier."""
    return {
        "procedures": [dict(procedure) for procedure in PROCEDURES],
        "procedure_limits": [dict(limit) for limit in LIMITS],
        "agencies": [row for world in made if world.has_register for row in world.agencies()],
    }


def delivered_with(run: int, made: list[World]) -> Rows:
    """Everything that comes in with one run."""
    rows: Rows = defaultdict(list)
    for world in made:
        for delivery in world.deliveries:
            if delivery.run == run:
                rows[delivery.kind] += delivery.told()
    return dict(rows)
