"""Petitions of the shipped sample: the four clocks as the generator's truth has them, and nobody's words."""

from collections import Counter
from pathlib import Path

import duckdb
import polars as pl

from pipelines.sample.petition_truth import LIMITS

ATTRIBUTES = (
    "source_system", "petition_code", "agency_code", "sent_at", "topic_code", "status_code", "dossier_key",
    "is_published", "is_unsatisfied",
)  # fmt: skip
OF_A_STEP = ("outcome", "due_date", "late_working_days", "late_days")


def concluded(warehouse: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row a petition with the columns of the truth."""
    steps = [
        f"max(c.{column}) filter (where c.step_id = '{step}') as {step}_{column}"
        for step in LIMITS
        for column in OF_A_STEP
    ]
    agency = "case when p.agency_key like '%unmapped%' then 'unmapped' else a.agency_code end"
    named = {**{name: f"p.{name}" for name in ATTRIBUTES}, "agency_code": agency}
    attributes = [f"any_value({sql}) as {name}" for name, sql in named.items()]
    found: pl.DataFrame = warehouse.sql(
        f"select {', '.join([*attributes, *steps])} from core.fct_petition as p "
        "inner join core.fct_petition_clock as c using (petition_key) "
        "inner join core.dim_agency as a on p.agency_key = a.agency_key group by p.petition_key"
    ).pl()
    return found


def test_every_petition_is_concluded_as_the_truth_says(
    warehouse: duckdb.DuckDBPyConnection, truth: Path
) -> None:
    expected = pl.read_parquet(truth / "petitions.parquet")
    found = concluded(warehouse).select(expected.columns)
    assert found.height == expected.height == 599
    assert Counter(map(repr, found.rows())) == Counter(map(repr, expected.rows()))


def test_every_outcome_occurs_and_the_fact_agrees_with_its_clocks(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    words = warehouse.execute("select distinct outcome from core.fct_petition_clock").fetchall()
    assert len(words) == 6
    differing = warehouse.execute(
        "select count(*) from core.fct_petition as p inner join core.fct_petition_clock as c "
        "using (petition_key) where c.outcome <> case c.step_id when 'refuse' then refuse_outcome "
        "when 'supplement' then supplement_outcome when 'resolve' then resolve_outcome "
        "else publish_outcome end"
    ).fetchone()
    assert differing == (0,)


def test_months_and_late_list_add_up_to_the_petitions(warehouse: duckdb.DuckDBPyConnection) -> None:
    [(petitions, judged, in_time, late)] = warehouse.execute(
        "select sum(petition_count), sum(resolve_judged_count), sum(resolve_in_time_count), "
        "(select count(*) from marts.mart_petition_late where step_id = 'resolve') "
        "from marts.mart_petition_month"
    ).fetchall()
    assert petitions == 599
    assert judged == in_time + late
    assert late > 50


def test_files_reconcile_with_the_truth(warehouse: duckdb.DuckDBPyConnection, truth: Path) -> None:
    found = warehouse.execute(
        "select file_name, rows_read from ops.ingestion_ledger where kind = 'petitions' "
        "and rows_read = rows_accepted order by 1"
    ).fetchall()
    assert found == pl.read_parquet(truth / "petition_files.parquet").rows()
    assert len(found) == 4
