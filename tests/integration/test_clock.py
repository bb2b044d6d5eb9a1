"""The clock against a count minute by minute, and against every example of the documentation.

Here: 100,000 random cases over seven years with all swap weeks; docs/how-time-is-counted.md, row by row;
dates the calendar does not know.
Not here: single rules of the models; their unit tests stand beside the models. Speed is in tests/bench.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse
from tests.clock_helpers import (
    AGENCY,
    MOMENTS,
    SEEDS,
    ask,
    build_lookups,
    has_time,
    inline_sql,
    limit,
    minute,
    model_sql,
    moment,
    number,
    table,
    witnesses,
)
from tests.dbt_helpers import settings_in
from tests.minute_by_minute import FIRST, MINUTES, Ints, minutes_of

CASES = 100_000
SWAPS = [
    "2024-04-29",
    "2024-05-04",
    "2025-04-26",
    "2025-05-02",
    "2026-01-02",
    "2026-01-10",
    "2026-08-22",
    "2026-08-31",
]
EDGES = [0, 419, 420, 465, 600, 690, 691, 720, 721, 810, 900, 901, 990, 991, 1020, 1021, 1439]
Cases = dict[str, np.ndarray[Any, Any]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("clock"))
    build_lookups(settings)
    return settings


@pytest.fixture(scope="module")
def due_sql(built: Settings) -> str:
    return inline_sql(built, "{{ due_from_limit('cases') }}")


def counted(settings: Settings, moments: pl.DataFrame) -> pl.DataFrame:
    """What `int_dossier_clock` says about these moments, in their order."""
    sql = model_sql(settings, "int_dossier_clock")
    with open_warehouse(settings, read_only=False) as connection:
        connection.execute(MOMENTS)
        connection.register("given", moments.to_arrow())
        connection.execute("insert into intermediate.int_dossier_clock_moments by name select * from given")
    return ask(settings, sql).sort("dossier_key")


def random_moments(rng: np.random.Generator) -> Ints:
    """Minutes since 2020: four in ten days near an exchanged one, half of the minutes where sessions meet."""
    anywhere = rng.integers(0, int((np.datetime64("2026-09-01") - FIRST).astype(int)), CASES)
    exchanged = (np.array(SWAPS, dtype="datetime64[D]") - FIRST).astype(np.int64)
    near = rng.choice(exchanged, CASES) + rng.integers(-7, 8, CASES)
    day = np.where(rng.random(CASES) < 0.4, near, anywhere)
    minute = np.where(rng.random(CASES) < 0.5, rng.choice(EDGES, CASES), rng.integers(0, MINUTES, CASES))
    return day * MINUTES + minute


@pytest.fixture(scope="module")
def cases() -> Cases:
    rng = np.random.default_rng(20260307)
    unit = rng.choice(["hour", "working_day", "calendar_day", "month"], CASES)
    most = np.select([unit == "hour", unit == "working_day", unit == "calendar_day"], [200, 40, 60], 3)
    received = random_moments(rng)
    return {
        "timesheet": rng.choice(["default", AGENCY], CASES),
        "received": received,
        "has_received_time": rng.random(CASES) < 0.9,
        "cutoff": np.where(rng.random(CASES) < 0.2, 900, 9999),
        "unit": unit,
        "count": 1 + (rng.random(CASES) * most).astype(np.int64),
        "due": received // MINUTES * MINUTES + rng.integers(0, 60 * MINUTES, CASES),
        "has_due_time": rng.random(CASES) < 0.8,
        "until": received + rng.integers(0, 60 * MINUTES, CASES),
        "has_until_time": rng.random(CASES) < 0.9,
        "is_open_late": rng.random(CASES) < 0.1,
    }


def stamps(minutes: Ints) -> np.ndarray[Any, Any]:
    """Minutes since 2020 as moments, with seconds that must not count."""
    seconds = FIRST.astype("datetime64[us]") + minutes * np.timedelta64(60_000_000, "us")
    return seconds + (minutes % 60) * np.timedelta64(1_000_000, "us")


def test_every_day_of_every_swap_week_is_among_the_cases(cases: Cases) -> None:
    with (SEEDS / "calendar_exceptions.csv").open(encoding="utf-8") as lines:
        made_up = {line[:10] for line in lines if ",work," in line}
    assert made_up <= set(SWAPS)
    received = set((cases["received"] // MINUTES).tolist())
    for swap in SWAPS:
        day = int((np.datetime64(swap) - FIRST).astype(int))
        assert set(range(day - 7, day + 8)) <= received, swap


def test_the_clock_agrees_with_a_count_minute_by_minute(built: Settings, cases: Cases) -> None:
    found = counted(
        built,
        pl.DataFrame(
            {
                "dossier_key": np.arange(CASES),
                "calendar_code": "vn",
                "timesheet_code": cases["timesheet"],
                "received_at": stamps(cases["received"]),
                "has_received_time": cases["has_received_time"],
                "cutoff_minute": np.where(cases["cutoff"] == 900, 900, -1),
                "due_at": stamps(cases["due"]),
                "has_due_time": cases["has_due_time"],
                "is_late": True,
                "is_open_late": cases["is_open_late"],
                "until_at": stamps(cases["until"]),
                "has_until_time": cases["has_until_time"],
            }
        ).with_columns(cutoff_minute=pl.col("cutoff_minute").replace(-1, None)),
    )
    assert len(found) == CASES
    for name, witness in witnesses().items():
        mine = cases["timesheet"] == name
        case = {key: values[mine] for key, values in cases.items()}
        rows = found.filter(pl.Series(mine))
        day, start = witness.receipt(case["received"], case["has_received_time"], case["cutoff"])
        deadline = witness.deadline(case["due"], case["has_due_time"])
        until = case["until"]
        closed, timed = ~case["is_open_late"], case["has_received_time"]
        expected = {
            "counted_from_date": (FIRST + day, True),
            "counted_due_date": (FIRST + deadline // MINUTES, True),
            "elapsed_working_minutes": (
                witness.minutes(start, until),
                closed & timed & case["has_until_time"],
            ),
            "allowed_working_minutes": (witness.minutes(start, deadline), timed),
            "late_working_minutes": (witness.minutes(deadline, until), case["has_until_time"]),
            "counted_elapsed_working_days": (witness.days(day, until // MINUTES), closed),
            "counted_allowed_working_days": (witness.days(day, deadline // MINUTES), True),
            "counted_late_working_days": (witness.days(deadline // MINUTES, until // MINUTES), True),
        }
        for column, (values, is_told) in expected.items():
            told = np.broadcast_to(is_told, len(rows))
            got = rows[column]
            assert np.array_equal(got.is_not_null().to_numpy(), told), (name, column)
            assert np.array_equal(got.drop_nulls().to_numpy().astype(values.dtype), values[told]), (
                name,
                column,
            )


def test_due_moments_agree_with_a_count_minute_by_minute(built: Settings, cases: Cases, due_sql: str) -> None:
    frame = pl.DataFrame(
        {
            "case_key": np.arange(CASES),
            "calendar_code": "vn",
            "timesheet_code": cases["timesheet"],
            "received_at": stamps(cases["received"]),
            "has_received_time": cases["has_received_time"],
            "cutoff_minute": np.where(cases["cutoff"] == 900, 900, -1),
            "limit_count": cases["count"],
            "limit_unit": cases["unit"],
        }
    ).with_columns(cutoff_minute=pl.col("cutoff_minute").replace(-1, None))
    found = ask(built, due_sql, cases=frame).sort("case_key")
    assert len(found) == CASES
    assert not found["is_beyond_calendar"].any()
    due = minutes_of(found["due_at"].to_numpy())
    for name, witness in witnesses().items():
        mine = cases["timesheet"] == name
        case = {key: values[mine] for key, values in cases.items()}
        day, start = witness.receipt(case["received"], case["has_received_time"], case["cutoff"])
        expected = witness.due(day, start, case["count"], case["unit"])
        assert np.array_equal(due[mine], expected), name


def test_every_due_moment_of_the_page_is_what_the_clock_says(built: Settings, due_sql: str) -> None:
    rows = table("When a limit ends")
    assert len(rows) > 10
    frame = pl.DataFrame(
        {
            "case_key": list(range(len(rows))),
            "calendar_code": "vn",
            "timesheet_code": "default",
            "received_at": [moment(row["received"]) for row in rows],
            "has_received_time": [has_time(row["received"]) for row in rows],
            "cutoff_minute": [minute(row["closes"]) for row in rows],
            "limit_count": [limit(row["limit"])[0] for row in rows],
            "limit_unit": [limit(row["limit"])[1] for row in rows],
        }
    )
    found = ask(built, due_sql, cases=frame).sort("case_key")["due_at"].to_list()
    assert [(row["rule"], due) for row, due in zip(rows, found, strict=True)] == [
        (row["rule"], moment(row["due"])) for row in rows
    ]


def test_every_clock_of_the_page_is_what_the_clock_says(built: Settings) -> None:
    rows = table("How much time was used, allowed, and late")
    moments = pl.DataFrame(
        {
            "dossier_key": list(range(len(rows))),
            "calendar_code": "vn",
            "timesheet_code": "default",
            "received_at": [moment(row["received"]) for row in rows],
            "has_received_time": [has_time(row["received"]) for row in rows],
            "due_at": [moment(row["due"]) for row in rows],
            "has_due_time": [has_time(row["due"]) for row in rows],
            "is_late": True,
            "is_open_late": False,
            "until_at": [moment(row["ended"]) for row in rows],
            "has_until_time": [has_time(row["ended"]) for row in rows],
        }
    )
    columns = {
        "elapsed min": "elapsed_working_minutes",
        "allowed min": "allowed_working_minutes",
        "late min": "late_working_minutes",
        "elapsed days": "counted_elapsed_working_days",
        "allowed days": "counted_allowed_working_days",
        "late days": "counted_late_working_days",
    }
    found = counted(built, moments)
    for row, told in zip(rows, found.iter_rows(named=True), strict=True):
        assert {name: told[column] for name, column in columns.items()} == {
            name: number(row[name]) for name in columns
        }, row["rule"]


POLICY_SQL = """
with counted as (
    select
        cases.case_key,
        cases.policy,
        {{ working_minutes_at('received', 'cases.received_at') }} as received,
        {{ working_minutes_at('asked', 'cases.asked_at') }} as asked,
        {{ working_minutes_at('came', 'cases.came_at') }} as came,
        {{ working_minutes_between('received', 'cases.received_at', 'ended', 'cases.ended_at') }} as whole,
        {{ working_minutes_at('ended', 'cases.ended_at') }} as ended
    from cases
    {% for alias in ['received', 'asked', 'came', 'ended'] %}
    left join {{ ref('int_timesheet_days') }} as {{ alias }}
        on
            {{ alias }}.timesheet_code = 'default'
            and {{ alias }}.date_day = cast(cases.{{ alias }}_at as date)
    {% endfor %}
)
select case_key, whole, {{ minutes_under_policy('policy', 'received', 'asked', 'came', 'ended') }} as minutes
from counted
"""


def test_waiting_for_papers_counts_as_the_page_says(built: Settings) -> None:
    rows = table("Waiting for missing papers")
    frame = pl.DataFrame(
        {"case_key": list(range(len(rows))), "policy": [row["policy"] for row in rows]}
        | {
            f"{name}_at": pl.Series([moment(row[cell]) for row in rows], dtype=pl.Datetime("us"))
            for name, cell in {
                "received": "received",
                "asked": "asked",
                "came": "papers came",
                "ended": "ended",
            }.items()
        }
    )
    found = ask(built, inline_sql(built, POLICY_SQL), cases=frame).sort("case_key")
    assert found["minutes"].to_list() == [number(row["counted min"]) for row in rows]
    assert set(frame["policy"]) == {"pause", "reset", "none"}


@pytest.mark.parametrize(
    ("received", "count"),
    [(datetime(2019, 12, 31, 9), 1), (datetime(2026, 12, 30, 9), 2)],
    ids=["before", "after"],
)
def test_a_limit_outside_the_calendar_fails_and_names_the_remedy(
    built: Settings, due_sql: str, received: datetime, count: int
) -> None:
    case = {
        "case_key": 1,
        "calendar_code": "vn",
        "timesheet_code": "default",
        "received_at": received,
        "has_received_time": True,
        "cutoff_minute": None,
        "limit_count": count,
        "limit_unit": "working_day",
    }
    frame = pl.DataFrame([case], schema_overrides={"cutoff_minute": pl.Int32})
    with pytest.raises(
        duckdb.Error, match=rf"{received:%Y-%m-%d}.*calendar_exceptions\.csv.*calendar_versions\.csv"
    ):
        ask(built, due_sql, cases=frame)


def test_a_limit_beyond_the_calendar_can_be_left_unknown(built: Settings) -> None:
    sql = inline_sql(built, "{{ due_from_limit('cases', beyond='null') }}")
    units = ["working_day", "calendar_day", "month", "hour"]
    frame = pl.DataFrame(
        {
            "case_key": list(range(4)),
            "calendar_code": "vn",
            "timesheet_code": "default",
            "received_at": datetime(2026, 12, 30, 9),
            "has_received_time": True,
            "cutoff_minute": pl.Series([None] * 4, dtype=pl.Int32),
            "limit_count": 20,
            "limit_unit": units,
        }
    )
    found = ask(built, sql, cases=frame)
    assert found["due_at"].to_list() == [None] * 4
    assert found["is_beyond_calendar"].to_list() == [True] * 4


def test_a_clock_outside_the_calendar_fails_and_names_the_remedy(built: Settings) -> None:
    frame = pl.DataFrame(
        {
            "dossier_key": [1],
            "calendar_code": "vn",
            "timesheet_code": "default",
            "received_at": datetime(2026, 12, 30, 9),
            "has_received_time": True,
            "due_at": datetime(2027, 1, 4, 17),
            "has_due_time": True,
            "is_late": True,
            "is_open_late": False,
            "until_at": datetime(2027, 1, 5, 17),
            "has_until_time": True,
        }
    )
    with pytest.raises(duckdb.Error, match=r"2027-01-0[45].*calendar_exceptions\.csv"):
        counted(built, frame)


def test_a_working_day_without_hours_fails_and_names_the_remedy(built: Settings) -> None:
    sql = model_sql(built, "int_timesheet_days")
    with open_warehouse(built, read_only=False) as connection:
        connection.execute("begin")
        connection.execute("update reference.timesheets set valid_from_date = date '2020-01-03'")
        with pytest.raises(duckdb.Error, match=r"'vn' on 2020-01-02: .*timesheets\.csv"):
            connection.execute(sql).fetchall()


def test_a_pause_of_length_zero_is_neutral(built: Settings) -> None:
    dice = np.random.default_rng(766)
    start = dice.integers(0, 100_000, 1_000)
    asked = start + dice.integers(0, 5_000, 1_000)
    frame = pl.DataFrame({"start": start, "asked": asked, "until": asked + dice.integers(0, 5_000, 1_000)})
    paused, ignored = (
        inline_sql(
            built,
            "select {{ minutes_under_policy(\"'" + policy + "'\", 'start', 'asked', 'asked', 'until') }} "
            "as minutes from cases",
        )
        for policy in ("pause", "none")
    )
    found, expected = (ask(built, sql, cases=frame)["minutes"].to_list() for sql in (paused, ignored))
    assert found == expected == (frame["until"] - frame["start"]).to_list()
