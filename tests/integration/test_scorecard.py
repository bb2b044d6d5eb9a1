"""The scorecard over months drawn up by hand: the chart of docs/scorecard.md, and what holds for any months.

Here: the compiled model over tables of the test's own.
Not here: what is counted (unit tests of the marts it reads), the sample's figures (tests/e2e).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.settings import PROJECT_ROOT
from tests.dbt_helpers import dbt, failures, settings_in

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
MODEL = "mart_scorecard_3_2_2_register"
MEASURE = "strict_late_pct"


def month(number: int) -> date:
    return date(2024 + number // 12, number % 12 + 1, 1)


@pytest.fixture(scope="module")
def statement(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The statement of the model for a whole register."""
    settings = settings_in(tmp_path_factory.mktemp("scorecard"))
    result = dbt(settings, "compile", "--select", MODEL)
    assert result.success, failures(result)
    [path] = settings.dbt_target.rglob(f"compiled/**/{MODEL}.sql")
    return path.read_text(encoding="utf-8")


def scored(
    statement: str,
    counts: Sequence[tuple[date, int, int]],
    elapsed: Sequence[tuple[date, int, int]] = (),
    targets: Sequence[tuple[int, float]] = (),
    data_cut: str = "2027-01-01",
) -> dict[tuple[str, date], dict[str, Any]]:
    """The scorecard of one agency: late dossiers (month, late, judged), durations (month, days, dossiers)."""
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as warehouse; attach ':memory:' as analytics")
        for schema in ("warehouse.intermediate", "analytics.reference", "analytics.core"):
            con.execute(f"create schema {schema}")
        for seed in ("scorecard_measures", "control_chart_rules"):
            path = SEEDS / f"{seed}.csv"
            con.execute(f"create table analytics.reference.{seed} as from read_csv('{path}', header = true)")
        con.execute(
            "create table analytics.core.dim_agency as select 'a' as agency_key, "
            "'nghe_an' as agency_register, null::varchar as source_system"
        )
        con.execute(
            "create table analytics.core.dim_source_system as select 'p' as source_system, "
            "'nghe_an' as agency_register, ?::timestamp as data_cut_at",
            [data_cut],
        )
        con.execute(
            "create table analytics.core.dim_target (metric_code varchar, scope_code varchar, "
            "agency_level varchar, target_year bigint, target_value decimal(9, 2), source_label varchar)"
        )
        con.execute(
            "create table warehouse.intermediate.int_scorecard_counts (measure_code varchar, "
            "agency_key varchar, period_month_date date, numerator_count bigint, denominator_count bigint)"
        )
        con.execute(
            "create table warehouse.intermediate.int_scorecard_elapsed (agency_key varchar, "
            "elapsed_working_days bigint, period_month_date date, dossier_count bigint)"
        )
        for of, numerator, denominator in counts:
            con.execute(
                "insert into warehouse.intermediate.int_scorecard_counts values (?, 'a', ?, ?, ?)",
                [MEASURE, of, numerator, denominator],
            )
        for of, days, dossiers in elapsed:
            con.execute(
                "insert into warehouse.intermediate.int_scorecard_elapsed values ('a', ?, ?, ?)",
                [days, of, dossiers],
            )
        for year, value in targets:
            con.execute(
                "insert into analytics.core.dim_target "
                "values ('on_time_pct', 'nghe_an', 'all', ?, ?, 'a plan')",
                [year, value],
            )
        rows = con.execute(statement)
        names = [column[0] for column in rows.description]
        found = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    return {(row["measure_code"], row["period_month_date"]): row for row in found}


def late(values: Sequence[int]) -> list[tuple[date, int, int]]:
    """Months with that many late ones of a hundred."""
    return [(month(n), value, 100) for n, value in enumerate(values)]


@pytest.mark.parametrize(("last", "signal"), [(16, "none"), (17, "above_limits"), (5, "below_limits")])
def test_the_example_of_the_page(statement: str, last: int, signal: str) -> None:
    row = scored(statement, late([10, 12] * 6 + [12, last]))[MEASURE, month(13)]
    # the twelve months before: 12, 10, 12, … 10, 12, 12; close to the page's, with one step less
    page = scored(statement, late([12, *([10, 12] * 6), last]))[MEASURE, month(13)]
    assert (page["baseline_mean"], page["lower_limit"], page["upper_limit"]) == (11.0, 5.68, 16.32)
    assert page["signal_code"] == signal
    assert row["baseline_mean"] == pytest.approx(11.17, abs=0.01)


def test_a_year_makes_a_change_known_and_fewer_than_six_months_none(statement: str) -> None:
    rows = scored(statement, late([10, 12, 10, 12, 10, 12, 10, 90]))
    assert [rows[MEASURE, month(n)]["signal_code"] for n in (5, 6, 7)] == [
        "too_few_months",
        "none",
        "above_limits",
    ]


def test_the_eighth_month_on_one_side_is_a_signal(statement: str) -> None:
    rising = late([14, 10] * 6 + [13] * 8)
    rows = scored(statement, rising)
    codes = [rows[MEASURE, month(n)]["signal_code"] for n in range(12, 20)]
    assert codes[:7] == ["none"] * 7
    assert codes[7] == "long_above_mean"
    assert rows[MEASURE, month(19)]["is_improvement"] is False


def test_a_target_on_time_is_a_target_late_and_the_gap_is_positive_beyond_it(statement: str) -> None:
    rows = scored(statement, late([1] * 12 + [3]), targets=[(2024, 98.0), (2025, 98.0)])
    first, last = rows[MEASURE, month(0)], rows[MEASURE, month(12)]
    assert (first["target_value"], first["gap_to_target"]) == (2.0, 1.0)
    assert (last["target_value"], last["gap_to_target"]) == (2.0, -1.0)
    assert (last["year_before_value"], last["year_change"]) == (1.0, 2.0)


def test_what_cannot_be_judged_says_why(statement: str) -> None:
    given = [*late([10, 12] * 6), (month(12), 1, 19), (month(13), 0, 0), (month(14), 50, 100)]
    rows = scored(statement, given, data_cut="2025-03-20")
    assert rows[MEASURE, month(12)]["signal_code"] == "too_few_cases"
    assert rows[MEASURE, month(13)]["signal_code"] == "no_cases"
    assert rows[MEASURE, month(13)]["measure_value"] is None
    assert rows[MEASURE, month(14)]["signal_code"] == "month_not_over"
    assert rows[MEASURE, month(14)]["is_provisional"] is True


@pytest.mark.parametrize("seed", range(3))
def test_durations_are_those_of_the_sorted_dossiers(statement: str, seed: int) -> None:
    draw = random.Random(seed)
    counted = {days: draw.randint(1, 9) for days in draw.sample(range(60), 12)}
    dossiers = sorted(days for days, count in counted.items() for _ in range(count))
    rows = scored(statement, [], [(month(0), days, count) for days, count in counted.items()])
    for measure, share in (("elapsed_median_days", 0.5), ("elapsed_p90_days", 0.9)):
        least = next(d for n, d in enumerate(dossiers, start=1) if n >= share * len(dossiers))
        assert rows[measure, month(0)]["measure_value"] == least
        assert rows[measure, month(0)]["denominator_count"] == len(dossiers)
