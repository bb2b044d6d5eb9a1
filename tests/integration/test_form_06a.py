"""Report form II.06a of random histories is what filling it in by hand gives, period by period.

Here: hundreds of made-up histories, counted whole and night by night, against tests/form_by_hand.py.
Not here: the identities of the form; they are sentences of the project and fail every build.
"""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest

from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse
from tests.day_by_day import State
from tests.dbt_helpers import build_lake, dbt_build, query, settings_in
from tests.form_by_hand import COLUMNS, Forms, calendar_periods, fill_in, reporting_periods
from tests.integration.test_backlog import BOSTON, EXTRACTIONS, OFFICES, PORTAL, histories

CUT = EXTRACTIONS[-1]
MODELS = ("+mart_form_06a", "+mart_form_06a_by_field", "+mart_form_06a_by_unit", "+mart_form_06_rollup",
          "+fct_backlog_daily", "form_06a_columns")  # fmt: skip
SENTENCES = (
    "assert_form_06a_columns_add_up",
    "assert_form_06a_carries_over_what_was_open",
    "assert_form_06a_by_field_and_by_unit_have_equal_totals",
    "assert_form_06a_open_is_the_backlog_of_that_day",
    "assert_form_06_rollups_are_the_sums_of_their_agencies",
)
CHANNELS = ["online", "direct", "postal", None, "unmapped"]
FORM = "select source_system, agency_key, field_name, period_start_date, period_end_date"
NIGHTS = EXTRACTIONS[4:]

Row = dict[str, Any]


def rows() -> list[Row]:
    """Everything that is ever delivered; the channel of a dossier never changes."""
    return [
        {"source_system": system, "dossier_code": f"D{number}", "observed_at": at, "row_number": number + 2}
        | {"channel_code": CHANNELS[number % len(CHANNELS)]}
        | told
        for number, (system, states) in enumerate(histories())
        for at, told in states
    ]


def by_hand(until: datetime) -> Forms:
    """The forms as of the data cut, by a plain count."""
    dossiers = []
    for row in rows():
        if row["observed_at"] <= until:
            state = State(
                OFFICES[row["source_system"]][row["agency_code"]],
                row["field_name"] or "unmapped",
                row["status_code"],
                row["received_at"],
                row["due_at"],
                row["finished_at"],
                row["returned_at"],
                row["channel_code"] == "online",
            )
            dossiers.append((row["source_system"], row["dossier_code"], (row["observed_at"], state)))
    observed: dict[tuple[str, str], list[tuple[datetime, State]]] = {}
    for system, code, seen in dossiers:
        observed.setdefault((system, code), []).append(seen)
    cuts = {
        system: max(at for (s, _), states in observed.items() if s == system for at, _ in states)
        for system in (PORTAL, BOSTON)
    }
    years = (2025, 2026)
    periods = [*reporting_periods(years), *calendar_periods(years)]
    return fill_in(
        ((system, states) for (system, _), states in observed.items()),
        cuts,
        list(dict.fromkeys(periods)),
    )


def deliver(settings: Settings, until: datetime) -> None:
    agencies = [
        {"agency_code": code, "agency_name": code, "valid_from_date": date(2020, 1, 1), "agency_level": level}
        for code, level in (("H41.02", "department"), ("H41.03", "commune"))
    ]
    shutil.rmtree(settings.lake, ignore_errors=True)
    build_lake(settings, {"agencies": agencies, "dossiers": [r for r in rows() if r["observed_at"] <= until]})


def build(settings: Settings, *arguments: str) -> None:
    dbt_build(settings, "--indirect-selection", "empty", *arguments, "--select", *MODELS, *SENTENCES)
    with open_warehouse(settings, read_only=False) as con:
        con.execute(
            "create or replace table raw.built_files as select kind, file_sha256, contract_fingerprint "
            "from ops.ingestion_ledger where status = 'accepted'"
        )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("forms"))
    deliver(settings, CUT)
    build(settings)
    return settings


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same, a night after each of the last extractions."""
    settings = settings_in(tmp_path_factory.mktemp("form nights"))
    deliver(settings, EXTRACTIONS[3])
    build(settings)
    for cut in NIGHTS:
        deliver(settings, cut)
        build(settings, "--vars", "{run: night}", "--exclude", "config.materialized:view")
    return settings


def forms_of(settings: Settings) -> dict[Any, tuple[int, ...]]:
    columns = [name for _, name in query(
        settings, "select column_number, column_name from reference.form_06a_columns "
        "where column_name is not null order by column_number"
    )]  # fmt: skip
    found = query(settings, f"{FORM}, {', '.join(columns)} from marts.mart_form_06a")
    forms = {row[:5]: row[5:] for row in found}
    assert len(forms) == len(found)
    return forms


def compare(settings: Settings, until: datetime) -> dict[Any, tuple[int, ...]]:
    expected = {cell: tuple(counts[number] for number in COLUMNS) for cell, counts in by_hand(until).items()}
    found = forms_of(settings)
    wrong = {cell for cell in expected.keys() | found.keys() if expected.get(cell) != found.get(cell)}
    assert not wrong, [(cell, expected.get(cell), found.get(cell)) for cell in sorted(wrong)[:4]]
    return expected


def test_every_period_of_random_histories_is_what_filling_it_in_by_hand_gives(built: Settings) -> None:
    expected = compare(built, CUT)
    # nothing that may happen was left out: each column counts much, and hand-overs take off more than came
    assert all(sum(column) > 100 for column in zip(*expected.values(), strict=True))
    assert any(columns[2] < 0 for columns in expected.values())


@pytest.mark.slow
def test_after_nights_the_forms_are_those_of_the_whole(kept: Settings, built: Settings) -> None:
    compare(kept, CUT)
    for mart in (
        "mart_form_06a",
        "mart_form_06a_by_field",
        "mart_form_06a_by_unit",
        "mart_form_06_rollup",
    ):
        found, expected = (
            Counter(query(settings, f"select * from marts.{mart}")) for settings in (kept, built)
        )
        assert found == expected
    stored = (
        "select q.* exclude (queue_number), f.* exclude (queue_number) from core.fct_form_06a_change as f "
        "inner join core.dim_backlog_queue as q using (queue_number)"
    )
    assert Counter(query(kept, stored)) == Counter(query(built, stored))


def test_a_period_that_is_not_over_is_judged_at_the_data_cut_and_says_so(built: Settings) -> None:
    told = dict(
        query(
            built,
            "select distinct period_name_vi, is_provisional from marts.mart_form_06a "
            "where period_type in ('reporting_month', 'calendar_month') and period_year = 2026",
        )
    )
    assert told["Báo cáo tháng 4 năm 2026"] is False
    assert told["Báo cáo tháng 5 năm 2026"] is True
    assert told["Tháng 4 năm 2026"] is False
    assert told["Tháng 5 năm 2026"] is True
    assert "Báo cáo tháng 6 năm 2026" not in told
