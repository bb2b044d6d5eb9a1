"""A warehouse small enough to publish many times, and the settings around it."""

from pathlib import Path

import polars as pl

from pipelines.ingestion.lake import LEDGER_SCHEMA
from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse

TABLES = ("core.fct_procedure_timeliness", "marts.mart_agency_month", "quality.flagged_records")
VIEWS = ("marts.marked", "ops.one_number")


def installation(folder: Path) -> Settings:
    """Settings below a test's own folder, with an empty ledger."""
    usual = Settings.load()
    settings = Settings(root=usual.root, data=folder / "data", contracts=usual.contracts)
    ledger = settings.lake / "_ledger"
    ledger.mkdir(parents=True)
    settings.warehouse.parent.mkdir(parents=True)
    pl.DataFrame(schema=dict(LEDGER_SCHEMA)).write_parquet(ledger / "_empty.parquet")
    return settings


def fill_warehouse(settings: Settings, marker: int, rows: int = 50) -> None:
    """(Re)write the warehouse; every row of every table for readers carries the marker."""
    with open_warehouse(settings, read_only=False) as con:
        for schema in ("raw", "staging", "intermediate"):
            con.execute(f"create schema if not exists {schema}")
        for table in TABLES:
            con.execute(
                f"create or replace table {table} as select 'portal' as source_system, "
                "'portal:' || i as dossier_key, "
                "'H41.12-260901-' || lpad(cast(i as varchar), 4, '0') as dossier_code, "
                "timestamp '2026-11-01 00:30:00' as data_cut_at, '2026.1' as calendar_version, "
                f"'v1' as formula_version, {marker} as marker from range({rows}) r(i)"
            )
        con.execute("create or replace view ops.one_number as select 1 as one")
        con.execute(
            "create or replace view marts.marked as "
            'select * from "analytics"."core"."fct_procedure_timeliness"'
        )
        con.execute("comment on view marts.marked is 'What is marked.'")
        con.execute("comment on column marts.marked.marker is 'The mark.'")
        con.execute(
            "create or replace table staging.stg_dossiers as select 'secret' as applicant_id_number_key"
        )
        con.execute("comment on table core.fct_procedure_timeliness is 'One row a dossier, it''s the heart.'")
        con.execute("comment on column core.fct_procedure_timeliness.dossier_code is 'Mã hồ sơ.'")


def add_months(settings: Settings, months: int = 3, rows: int = 30) -> None:
    """A table with rows in so many months from January 2026, and one row without a month."""
    with open_warehouse(settings, read_only=False) as con:
        con.execute(
            "create or replace table core.fct_monthly as select 'portal:' || i as dossier_key, i as number, "
            f"date '2026-01-01' + to_months(cast(i % {months} as int)) as period_month_date "
            f"from range({rows}) r(i) union all select 'portal:none', -1, null"
        )
        con.execute("alter table core.fct_monthly alter period_month_date type date")
