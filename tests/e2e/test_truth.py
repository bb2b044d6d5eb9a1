"""The pipeline concludes what a perfect one would: against the generator's truth and a city's own flag."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.sample.outcomes import DEFINITIONS

SYNTHETIC = "source_system in ('nghean_tandan', 'nghean_igate', 'nghean_land')"
# What a portal says of an agency or procedure that cannot be resolved is kept beside, not counted as one.
COMPARED = {
    "agency_code": "case when agency_key like '%unmapped%' then 'unmapped' else agency_code end",
    "procedure_code": "case when procedure_resolution in ('code', 'name') then procedure_code end",
    "status_code": "status_code",
    "received_at": "received_at",
    "due_at": "due_at",
    "finished_at": "finished_at",
    **{f"outcome_{name}": f"outcome_{name}" for name in DEFINITIONS},
    "recomputed_due_at": "recomputed_due_at",
    "due_difference_reason": "due_difference_reason",
    "supplement_count": "supplement_count",
}


def test_every_dossier_is_concluded_as_the_truth_says(
    warehouse: duckdb.DuckDBPyConnection, truth: Path
) -> None:
    expected = pl.read_parquet(truth / "dossiers.parquet")
    found = warehouse.sql(
        f"select source_system, dossier_code, {', '.join(f'{sql} as {c}' for c, sql in COMPARED.items())} "
        f"from core.fct_procedure_timeliness where {SYNTHETIC}"
    ).pl()
    assert found.height == expected.height > 40_000
    both = expected.join(found, on=["source_system", "dossier_code"], how="inner", suffix="_found")
    assert both.height == expected.height
    differing = {c: both.filter(~pl.col(c).eq_missing(pl.col(f"{c}_found"))).height for c in COMPARED}
    assert differing == dict.fromkeys(COMPARED, 0)


def test_flags_equal_the_truth_exactly(warehouse: duckdb.DuckDBPyConnection, truth: Path) -> None:
    columns = ["rule_id", "source_system", "dossier_code"]
    expected = set(pl.read_parquet(truth / "flags.parquet").select(columns).rows())
    found = set(
        warehouse.sql(
            f"select {', '.join(columns)} from quality.flagged_records where {SYNTHETIC}"
        ).fetchall()
    )
    true_positives = len(found & expected)
    assert (true_positives / len(found), true_positives / len(expected)) == (1.0, 1.0)
    assert len({rule for rule, _, _ in expected}) >= 20


def test_quarantine_equals_the_truth_exactly(warehouse: duckdb.DuckDBPyConnection, truth: Path) -> None:
    of_dossiers, others = (
        pl.read_parquet(truth / f"{name}.parquet") for name in ("quarantine", "electronic_quarantine")
    )
    expected = pl.concat([of_dossiers, others.select(of_dossiers.columns)])
    found = warehouse.sql(
        "select q.file_name, q.row_number, q.column_name, q.reason_code from ops.quarantined_rows as q "
        "inner join ops.ingestion_ledger as l using (kind, file_sha256) where l.source_system like 'nghean%'"
    ).pl()
    assert set(found.rows()) == set(expected.select(found.columns).rows())
    assert set(expected["reason_code"]) >= {"missing_key", "bad_timestamp", "date_out_of_range", "ragged_row"}


def test_every_file_reconciles_with_the_truth(warehouse: duckdb.DuckDBPyConnection, truth: Path) -> None:
    counts = ["rows_read", "rows_accepted", "rows_quarantined", "rows_repeated"]
    expected = pl.read_parquet(truth / "files.parquet").select("file_name", *counts).sort("file_name")
    names = ", ".join(counts)
    found = warehouse.sql(f"select file_name, {names} from ops.ingestion_ledger order by file_name").pl()
    found = found.join(expected, on="file_name", how="semi")
    assert found.sort("file_name").rows() == expected.rows()


def test_the_strict_definition_agrees_with_the_city_in_every_row_it_can_judge(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    [(judged, agreeing)] = warehouse.execute(
        "select count(*), count_if(outcome_strict = stated_outcome_code) "
        "from core.fct_procedure_timeliness "
        "where source_system = 'boston311' and outcome_strict in ('on_time', 'late')"
    ).fetchall()
    [(delivered,)] = warehouse.execute(
        "select count(*) from core.fct_procedure_timeliness "
        "where source_system = 'boston311' and due_at is not null and finished_at is not null"
    ).fetchall()
    assert (delivered, judged, agreeing) == (24_501, 24_501, 24_501)


def test_a_date_only_definition_would_flip_these_rows(warehouse: duckdb.DuckDBPyConnection) -> None:
    flipped = warehouse.execute(
        "select outcome_strict, outcome_date_level, count(*) from core.fct_procedure_timeliness "
        "where source_system = 'boston311' and outcome_strict in ('on_time', 'late') "
        "and (outcome_strict = 'late') <> (outcome_date_level = 'late') group by all"
    ).fetchall()
    assert flipped == [("late", "on_time", 169)]
    [(same_day,)] = warehouse.execute(
        "select count(*) from core.fct_procedure_timeliness where source_system = 'boston311' "
        "and outcome_strict = 'late' and outcome_date_level = 'on_time' "
        "and finished_date = due_date and finished_at > due_at"
    ).fetchall()
    assert same_day == 169


def test_permits_of_the_real_log_are_all_there(warehouse: duckdb.DuckDBPyConnection) -> None:
    [row] = warehouse.execute(
        "select count(*), count_if(is_open), count_if(outcome_strict = 'open_late'), "
        "count_if(finished_at < received_at) "
        "from core.fct_procedure_timeliness where source_system = 'wabo_receipt'"
    ).fetchall()
    assert row[0] == 1434
    assert row[1] == 105
    assert row[3] == 2


@pytest.mark.parametrize("month", ["2024-05-01", "2025-07-01", "2026-08-01"])
def test_the_mart_adds_up_to_the_fact(warehouse: duckdb.DuckDBPyConnection, month: str) -> None:
    [(mart_judged, mart_late)] = warehouse.execute(
        "select sum(judged_count), sum(late_count + open_late_count) from marts.mart_agency_month "
        "where definition_id = 'strict' and period_month_date = cast(? as date)",
        [month],
    ).fetchall()
    [(judged, late)] = warehouse.execute(
        "select count_if(outcome_strict in ('on_time', 'late', 'open_late')), "
        "count_if(outcome_strict in ('late', 'open_late')) "
        "from core.fct_procedure_timeliness where period_month_date = cast(? as date)",
        [month],
    ).fetchall()
    assert (mart_judged, mart_late) == (judged, late)
    assert judged > 500
