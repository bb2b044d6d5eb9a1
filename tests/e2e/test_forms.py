"""The forms of the shipped sample are what filling them in by hand gives, from the rows accepted."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from pathlib import Path

import duckdb

from tests.day_by_day import State
from tests.e2e.conftest import Installation
from tests.form_by_hand import COLUMNS, Cell, Forms, fill_in, reporting_periods

# their exports are never full, so what is told of a dossier is what was delivered of it
SYSTEMS = ("nghean_tandan", "nghean_igate", "nghean_land")
DELIVERED = """
    select source_system, dossier_code, observed_at, status_code, received_at, due_at, finished_at,
        returned_at, coalesce(channel_code = 'online', false)
    from read_parquet(?, union_by_name = true)
    where source_system in (select unnest(?))
    qualify row_number() over (
        partition by source_system, dossier_code, observed_at order by row_number desc, file_sha256 desc
    ) = 1
    order by source_system, dossier_code, observed_at
"""


def by_hand(lake: Path) -> Forms:
    """Forms of a whole system, from the rows that were accepted."""
    with duckdb.connect() as con:
        rows = con.execute(DELIVERED, [str(lake / "dossiers" / "*.parquet"), list(SYSTEMS)]).fetchall()
    told: dict[tuple[str, str], list[tuple[datetime, State]]] = defaultdict(list)
    cuts: dict[str, datetime] = {}
    for system, code, at, *said in rows:
        told[system, code].append((at, State("", "", *said)))
        cuts[system] = max(at, cuts.get(system, at))
    years = range(2023, 2028)
    return fill_in(
        ((system, states) for (system, _), states in told.items()), cuts, list(reporting_periods(years))
    )


def in_the_mart(con: duckdb.DuckDBPyConnection) -> dict[Cell, tuple[int, ...]]:
    """The column totals of the form by unit."""
    names = con.execute(
        "select column_name from reference.form_06a_columns where column_name is not null "
        "order by column_number"
    ).fetchall()
    sums = ", ".join(f"cast(sum({name}) as bigint)" for (name,) in names)
    found = con.execute(
        f"select source_system, '', '', period_start_date, period_end_date, {sums} "
        "from marts.mart_form_06a_by_unit where period_basis = 'reporting' and source_system in "
        "(select unnest(?)) group by all",
        [list(SYSTEMS)],
    ).fetchall()
    return {row[:5]: row[5:] for row in found}


def differences(
    con: duckdb.DuckDBPyConnection, lake: Path
) -> list[tuple[object, tuple[int, ...] | None, tuple[int, ...] | None]]:
    """Cells told differently, by hand and in the mart."""
    expected = {
        cell: tuple(counts[number] for number in COLUMNS)
        for cell, counts in by_hand(lake).items()
        if any(counts[number] for number in COLUMNS)
    }
    found = in_the_mart(con)
    assert len(expected) > 150
    return [
        (cell, expected.get(cell), found.get(cell))
        for cell in sorted(expected.keys() | found.keys(), key=str)
        if expected.get(cell) != found.get(cell)
    ]


def test_the_forms_of_the_sample_are_those_filled_in_by_hand(
    warehouse: duckdb.DuckDBPyConnection, installation: Installation
) -> None:
    assert differences(warehouse, installation.data / "lake") == []


def test_what_is_open_at_the_data_cut_is_in_the_form_of_the_running_year(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    [form] = warehouse.execute(
        "select sum(column_11_open_count), sum(column_13_open_late_count) from marts.mart_form_06a_by_field "
        "where period_type = 'reporting_year' and is_provisional and source_system like 'nghean%'"
    ).fetchall()
    [fact] = warehouse.execute(
        "select count(*), count_if(outcome_form_06a = 'open_late') from core.fct_procedure_timeliness "
        "where is_open and source_system like 'nghean%'"
    ).fetchall()
    assert form == fact
    assert fact[1] > 10
