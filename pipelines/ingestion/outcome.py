"""What a typed file comes to: accepted rows, each content once, and refused rows with their reasons.

Here: the split of a typed file, and its moment of extraction where only its rows tell it.
Not here: typing (`typed.py`), putting the outcome in place (`lake.py`).
Explained in docs/architecture.md, "Delivered → accepted".
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.contracts import Kind
from pipelines.ingestion.lake import QUARANTINE_SCHEMA, LedgerEntry
from pipelines.ingestion.readers import TextTable
from pipelines.ingestion.typed import MOMENT, PROVENANCE, REASONS, content_columns, lake_schema, refusals

ROW_HASH = "_row_hash"


def latest_moment(typed: Path) -> datetime | None:
    """The latest moment of extraction that accepted rows themselves tell."""
    accepted = pl.scan_parquet(typed).filter(pl.col(REASONS).list.len() == 0)
    moment: datetime | None = accepted.select(pl.col(MOMENT).max()).collect(engine="streaming").item()
    return moment


def quarantine_rows(entry: LedgerEntry, typed: Path, table: TextTable) -> pl.DataFrame:
    """One row for each reason a row of the file was refused for; never what stands in the row."""
    schema = {n: QUARANTINE_SCHEMA[n] for n in ("row_number", "column_name", "reason_code")}
    rejected = pl.DataFrame(
        [(r.row_number, None, r.reason_code) for r in table.rejects], schema=schema, orient="row"
    )
    refused = refusals(pl.scan_parquet(typed)).collect(engine="streaming")
    origin = [
        pl.lit(getattr(entry, n), pl.String).alias(n)
        for n in ("file_sha256", "kind", "source_id", "file_name")
    ]
    rows = pl.concat([refused.cast(pl.Schema(schema)), rejected])
    return (
        _on_sheets(rows, table)
        .with_columns(origin)
        .select(*QUARANTINE_SCHEMA)
        .sort("row_number", "column_name", "reason_code")
    )


def _on_sheets(rows: pl.DataFrame, table: TextTable) -> pl.DataFrame:
    """With the sheet each row stands on and its number there; both null where there are no sheets."""
    title, before = pl.lit(None, pl.String), pl.lit(None, pl.Int64)
    for sheet in table.sheets:
        is_here = pl.col("row_number") > sheet.rows_before
        title = pl.when(is_here).then(pl.lit(sheet.title)).otherwise(title)
        before = pl.when(is_here).then(pl.lit(sheet.rows_before, pl.Int64)).otherwise(before)
    return rows.with_columns(sheet_name=title, sheet_row_number=pl.col("row_number") - before)


def sink_accepted(entry: LedgerEntry, kind: Kind, typed: Path, rows: Path) -> int:
    """Write the accepted rows, each content once; returns how many exact repeats were left out."""
    schema = lake_schema(kind)
    content = content_columns(list(schema))
    accepted = pl.scan_parquet(typed).filter(pl.col(REASONS).list.len() == 0)
    hashed = accepted.with_columns(pl.struct(content).hash(seed=0).alias(ROW_HASH))
    twins = hashed.group_by(ROW_HASH).len().filter(pl.col("len") > 1).collect(engine="streaming")
    repeats: list[int] = []
    if not twins.is_empty():
        candidates = hashed.filter(pl.col(ROW_HASH).is_in(twins[ROW_HASH].implode())).collect(
            engine="streaming"
        )
        first = candidates.sort("row_number").unique(subset=content, keep="first")
        repeats = candidates.join(first, on="row_number", how="anti")["row_number"].to_list()
    provenance = {
        "source_id": entry.source_id,
        "source_system": entry.source_system,
        "file_sha256": entry.file_sha256,
        "observed_at": entry.observed_at,
    }
    literals = [pl.lit(value, PROVENANCE[name]).alias(name) for name, value in provenance.items()]
    kept = accepted.filter(~pl.col("row_number").is_in(repeats)) if repeats else accepted
    kept.with_columns(literals).select(*schema).sink_parquet(rows, compression="zstd", maintain_order=True)
    return len(repeats)
