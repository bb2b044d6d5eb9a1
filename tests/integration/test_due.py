"""Due dates recomputed from limits, built by dbt from a small lake, against a count minute by minute.

Here: 2,000 random dossiers with limits by channel, closing times, requests for papers, agencies of other
hours; the table "Two due dates" of docs/how-time-is-counted.md, row by row.
Not here: single rules; their unit tests stand beside the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse
from tests.clock_helpers import AGENCY, AGENCY_TIMESHEETS, minute, moment, number, run, table, witnesses
from tests.dbt_helpers import build_lake, query, settings_in
from tests.minute_by_minute import FIRST, MINUTES, Ints, MinuteByMinute, minutes_of

CASES = 2_000
EXTRACTED = datetime(2026, 11, 1, 0, 30)
PORTALS = {"pause": "nghean_igate", "reset": "nghean_land", "none": "nghean_tandan"}
POLICIES = """
update reference.supplement_policies set supplement_policy = 'reset' where source_system = 'nghean_land';
update reference.supplement_policies set supplement_policy = 'none' where source_system = 'nghean_tandan';
"""
UNIT_WORDS = {"hour": "Giờ", "working_day": "Ngày làm việc", "calendar_day": "Ngày", "month": "Tháng"}
UNITS = list(UNIT_WORDS)
MOST = {"hour": 60, "working_day": 30, "calendar_day": 45, "month": 3}
CLOSES_EARLY = ["2.000635", "2.000908"]
PROCEDURES = [*CLOSES_EARLY, *(f"3.{n:06d}" for n in range(38))]
CHANNELS = ["direct", "online", "postal"]
Arrays = dict[str, np.ndarray[Any, Any]]
Limits = dict[tuple[str, str], tuple[int, str]]


def at(minutes: int) -> datetime:
    """A minute since 2020 as a moment."""
    return (FIRST.astype("datetime64[m]") + np.timedelta64(minutes, "m")).astype(datetime)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def limits() -> Limits:
    """By post nothing is printed, so the summary counts (`any`)."""
    rng = np.random.default_rng(7)
    found = {}
    for procedure in PROCEDURES:
        for channel in ("direct", "online", "any"):
            unit = str(rng.choice(UNITS))
            found[procedure, channel] = (int(rng.integers(1, MOST[unit] + 1)), unit)
    return found


@pytest.fixture(scope="module")
def cases() -> Arrays:
    rng = np.random.default_rng(20261124)
    last = int((np.datetime64("2026-03-01") - FIRST).astype(int))
    edges = [420, 690, 720, 810, 900, 901, 1020, 1021, 1439]
    minutes = np.where(rng.random(CASES) < 0.4, rng.choice(edges, CASES), rng.integers(1, MINUTES, CASES)) * (
        rng.random(CASES) < 0.9
    )
    received = rng.integers(0, last, CASES) * MINUTES + minutes
    asked = received + rng.integers(1, 10 * MINUTES, CASES)
    return {
        "received": received,
        "has_time": minutes > 0,
        "procedure": rng.choice(PROCEDURES, CASES),
        "channel": rng.choice(CHANNELS, CASES),
        "policy": rng.choice(["pause", "reset"], CASES),
        "timesheet": rng.choice(["default", AGENCY], CASES),
        "papers": rng.choice(["no", "came", "awaited", "twice"], CASES, p=[0.5, 0.4, 0.05, 0.05]),
        "asked": asked + (asked % MINUTES == 0),
        "came": asked + 1 + rng.integers(1, 30 * MINUTES, CASES) // MINUTES * MINUTES + 1,
        "stated_offset": rng.choice([-3, -1, 0, 0, 0, 0, 1, 4], CASES),
        "extended": rng.random(CASES) < 0.1,
    }


def cutoff_of(cases: Arrays) -> Ints:
    return np.where(np.isin(cases["procedure"], CLOSES_EARLY), 900, 9999)


def limits_of(cases: Arrays, limits: Limits) -> tuple[Ints, np.ndarray[Any, Any]]:
    ways = np.where(cases["channel"] == "postal", "any", cases["channel"])
    found = [limits[str(p), str(w)] for p, w in zip(cases["procedure"], ways, strict=True)]
    return np.array([count for count, _ in found]), np.array([unit for _, unit in found])


def due_of(witness: MinuteByMinute, case: Arrays, count: Ints, unit: np.ndarray[Any, Any]) -> Ints:
    """Minute at which each limit ends, one request for papers with both moments included."""
    waits = case["papers"] == "came"
    again = waits & (case["policy"] == "reset")
    start = np.where(again, case["came"], case["received"])
    day, start = witness.receipt(start, np.where(again, True, case["has_time"]), cutoff_of(case))
    due = witness.due(day, start, count, unit)
    paused = waits & (case["policy"] == "pause")
    days = witness.days_passed[case["came"] // MINUTES] - witness.days_passed[case["asked"] // MINUTES]
    worked_days = np.flatnonzero(witness.works)
    moved = worked_days[witness.days_passed[due // MINUTES] - 1 + np.where(paused, days, 0)]
    worked_minutes = np.flatnonzero(witness.worked)
    waited = np.where(paused, witness.minutes(case["asked"], case["came"]), 0)
    needed = np.where(unit == "hour", count * 60 + waited, 1)
    by_minutes = worked_minutes[witness.passed[start] + needed - 1] + 1
    by_days = np.where(paused, moved * MINUTES + witness.closes[moved], due)
    return np.where(unit == "hour", by_minutes, by_days)


def every_due(cases: Arrays, limits: Limits, plain: bool = False) -> Ints:
    count, unit = limits_of(cases, limits)
    due = np.zeros(CASES, dtype=np.int64)
    for name, witness in witnesses(plain).items():
        mine = cases["timesheet"] == name
        due[mine] = due_of(
            witness, {key: values[mine] for key, values in cases.items()}, count[mine], unit[mine]
        )
    return due


def random_rows(cases: Arrays, due: Ints) -> list[dict[str, Any]]:
    rows = []
    for n in range(CASES):
        papers = str(cases["papers"][n])
        rows.append(
            {
                "source_system": PORTALS[str(cases["policy"][n])],
                "dossier_code": f"random-{n}",
                "procedure_code": str(cases["procedure"][n]),
                "channel_code": str(cases["channel"][n]),
                "agency_code": "H41.999" if cases["timesheet"][n] == AGENCY else "H41.998",
                "status_code": "processing",
                "received_at": at(int(cases["received"][n])),
                "due_at": at(int(due[n] // MINUTES + cases["stated_offset"][n]) * MINUTES + 1020),
                "extension_count": int(cases["extended"][n]),
                "supplement_request_count": {"no": 0, "twice": 2}.get(papers, 1),
                "supplement_requested_at": None if papers == "no" else at(int(cases["asked"][n])),
                "supplement_completed_at": at(int(cases["came"][n])) if papers in ("came", "twice") else None,
                "observed_at": EXTRACTED,
            }
        )
    return rows


def page_rows(page: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "source_system": PORTALS[row["policy"]],
            "dossier_code": f"page-{n}",
            "procedure_code": f"9.{n:06d}",
            "agency_code": None if row["policy"] == "none" else "H41.998",
            "status_code": "processing",
            "received_at": moment(row["received"]),
            "due_at": moment(row["stated"]),
            "extension_count": number(row["extended"]),
            "supplement_requested_at": moment(row["asked"]),
            "supplement_completed_at": moment(row["papers came"]),
            "observed_at": EXTRACTED,
        }
        for n, row in enumerate(page)
    ]


def catalogue(page: Sequence[dict[str, str]], limits: Limits) -> dict[str, list[dict[str, Any]]]:
    """Summaries of all procedures, and lines by channel of the random ones."""
    read = datetime(2026, 7, 1)
    printed = {f"9.{n:06d}": None if row["limit"] == "–" else row["limit"] for n, row in enumerate(page)}
    for procedure in PROCEDURES:
        count, unit = limits[procedure, "any"]
        printed[procedure] = f"{count} {UNIT_WORDS[unit]}"
    lines = [
        {
            "procedure_code": procedure,
            "channel_code": way,
            "limit_count_label": str(count),
            "limit_unit_code": unit,
        }
        for (procedure, way), (count, unit) in limits.items()
        if way != "any"
    ]
    return {
        "procedures": [
            {"procedure_code": code, "procedure_name": code, "limit_label": label, "observed_at": read}
            for code, label in printed.items()
        ],
        "procedure_limits": [
            {**line, "line_number": number, "observed_at": read} for number, line in enumerate(lines, start=1)
        ],
    }


AGENCIES = [
    {
        "agency_code": code,
        "agency_name": f"Sở {code}",
        "agency_level": "department",
        "valid_from_date": date(2020, 1, 1),
    }
    for code in ("H41.998", "H41.999")
]


@pytest.fixture(scope="module")
def page() -> list[dict[str, str]]:
    return table("Two due dates")


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, cases: Arrays, limits: Limits, page: list[dict[str, str]]
) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("due"))
    dossiers = [*random_rows(cases, every_due(cases, limits)), *page_rows(page)]
    build_lake(settings, {"agencies": AGENCIES, "dossiers": dossiers, **catalogue(page, limits)})
    run(settings, "seed")
    with open_warehouse(settings, read_only=False) as connection:
        connection.execute(AGENCY_TIMESHEETS)
        connection.execute(POLICIES)
        for n, row in enumerate(page):
            if minute(row["closes"]) is not None:
                connection.execute(
                    "insert into reference.procedure_cutoffs values "
                    "('vn', ?, ?, date '2020-01-01', null, 'provisional', 'test')",
                    [f"9.{n:06d}", row["closes"]],
                )
    run(settings, "run", "--select", "+int_dossier_due", "--exclude", "resource_type:seed")
    return settings


def test_every_due_date_of_the_page_is_what_the_warehouse_says(
    built: Settings, page: list[dict[str, str]]
) -> None:
    found = query(
        built,
        "select d.recomputed_due_at, d.due_difference_working_days, "
        "coalesce(d.due_difference_reason, d.due_unknown_reason) "
        "from intermediate.int_dossier_due as d inner join intermediate.int_dossier_current as c "
        "using (dossier_key) where c.dossier_code like 'page-%' "
        "order by cast(substring(c.dossier_code, 6) as int)",
    )
    assert len(page) > 15
    assert [(row["rule"], *told) for row, told in zip(page, found, strict=True)] == [
        (row["rule"], moment(row["by the limit"]), number(row["days"]), row["reason"]) for row in page
    ]


def test_recomputed_dues_agree_with_a_count_minute_by_minute(
    built: Settings, cases: Arrays, limits: Limits
) -> None:
    rows = query(
        built,
        "select d.recomputed_due_at, d.due_unknown_reason, d.due_difference_reason, d.limit_source "
        "from intermediate.int_dossier_due as d inner join intermediate.int_dossier_current as c "
        "using (dossier_key) where c.dossier_code like 'random-%' "
        "order by cast(substring(c.dossier_code, 8) as int)",
    )
    assert len(rows) == CASES
    expected, plain = every_due(cases, limits), every_due(cases, limits, plain=True)
    told = np.isin(cases["papers"], ["no", "came"])
    assert [row[1] for row in rows] == [None if t else "supplement_times_unknown" for t in told]
    assert [row[3] for row in rows] == ["summary" if c == "postal" else "channel" for c in cases["channel"]]
    due = minutes_of(pl.Series([row[0] for row in rows], dtype=pl.Datetime("us")).drop_nulls().to_numpy())
    assert np.array_equal(due, expected[told])
    offset = cases["stated_offset"]
    by_plain = expected // MINUTES + offset == plain // MINUTES
    reasons = np.select(
        [~told, offset == 0, by_plain, cases["extended"], cases["papers"] == "came", offset > 0],
        ["", "none", "calendar", "extension", "supplement", "padded"],
        "shortened",
    )
    assert [row[2] or "" for row in rows] == reasons.tolist()
    assert set(reasons) == {"", "none", "calendar", "extension", "supplement", "padded", "shortened"}
