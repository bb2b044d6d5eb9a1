"""What a typed file comes to: accepted rows, each content once, and refused rows with their reasons.

Here: the one pass that types and splits a file, what is found again, the moment that only rows tell.
Not here: typing (`typed.py`), putting the outcome in place (`lake.py`).
Explained in docs/decisions/0008-one-pass-from-text-to-rows.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.contracts import Kind
from pipelines.ingestion.lake import QUARANTINE_SCHEMA, LedgerEntry
from pipelines.ingestion.readers import TextTable
from pipelines.ingestion.typed import MOMENT, PROVENANCE, REASONS, content_columns, lake_schema, refusals

ROW_HASH = "_row_hash"
# Small enough that a reader who wants a few dossiers of an old file skips most of it.
ROW_GROUP_ROWS = 30_000
# Keyed words do not compress: a higher level takes three times as long and gains a thirtieth.
COMPRESSION_LEVEL = 1
# Hashes looked at together, 8 bytes each.
MAX_HASHES = 8_000_000
# Columns that cost little to hash; two rows equal in these are compared in all.
_CHEAP = (pl.Int64, pl.Boolean, pl.Date, pl.Datetime, pl.Decimal)


@dataclass(frozen=True)
class Split:
    """A file typed and split; the files lie in its work folder.

    Attributes:
        rows: accepted rows, repeats among them.
        hashes: one hash an accepted row.
        refused: a row for each reason.
        accepted: how many rows `rows` has.
        provenance: what they say of where they are from.
        moment: the latest moment of extraction that accepted rows themselves tell.
    """

    rows: Path
    hashes: Path
    refused: pl.DataFrame
    accepted: int
    provenance: dict[str, object]
    moment: datetime | None


def split(kind: Kind, typed: pl.LazyFrame, provenance: dict[str, object], work: Path) -> Split:
    """Type a file once and write what comes of it.

    Args:
        kind: what the file holds.
        typed: its typed rows.
        provenance: what the lake says of where a row is from; the moment may still be missing.
        work: folder for the files.
    """
    schema = lake_schema(kind)
    rows, hashes = work / "rows.parquet", work / "hashes.parquet"
    typed = typed.cache()  # else each of the four below would type the file for itself
    accepted = typed.filter(pl.col(REASONS).list.len() == 0)
    told, _, refused, _ = pl.collect_all(
        [
            accepted.select(pl.len(), pl.col(MOMENT).max()),
            _sink(accepted.with_columns(_literals(provenance)).select(*schema), rows),
            refusals(typed),
            accepted.select(pl.struct(_telling(kind)).hash(seed=0).alias(ROW_HASH)).sink_parquet(
                hashes, compression="uncompressed", maintain_order=True, lazy=True
            ),
        ],
        engine="streaming",
    )
    count, moment = told.row(0)
    return Split(rows, hashes, refused, count, provenance, moment)


def settle(kind: Kind, found: Split, provenance: dict[str, object]) -> tuple[Path, int]:
    """The accepted rows, each content once, and how many exact repeats were left out.

    Args:
        kind: what the file holds.
        found: the file's rows.
        provenance: what the lake says of where a row is from, now that all of it is known.
    """
    repeats = _repeats(kind, found)
    if not repeats and provenance == found.provenance:
        return found.rows, 0
    rows = pl.scan_parquet(found.rows)
    kept = rows.filter(~pl.col("row_number").is_in(repeats)) if repeats else rows
    whole = found.rows.with_name("settled.parquet")
    _sink(kept.with_columns(_literals(provenance)), whole).collect(engine="streaming")
    return whole, len(repeats)


def _sink(rows: pl.LazyFrame, path: Path) -> pl.LazyFrame:
    return rows.sink_parquet(
        path,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        row_group_size=ROW_GROUP_ROWS,
        maintain_order=True,
        lazy=True,
    )


def _literals(provenance: dict[str, object]) -> list[pl.Expr]:
    return [pl.lit(value, PROVENANCE[name]).alias(name) for name, value in provenance.items()]


def provenance_of(entry: LedgerEntry) -> dict[str, object]:
    """What the lake's rows say of where they are from, but for their number."""
    return {name: getattr(entry, name) for name in PROVENANCE if name != "row_number"}


def _telling(kind: Kind) -> list[str]:
    """The key and the columns that cost little to hash."""
    schema = lake_schema(kind)
    content = content_columns(list(schema))
    return [n for n in content if n in kind.key or isinstance(schema[n], _CHEAP)] or content


def _repeats(kind: Kind, found: Split) -> list[int]:
    """Numbers of the rows whose content an earlier row has."""
    repeats: list[int] = []
    content = content_columns(list(lake_schema(kind)))
    for twins in _twins(found):
        alike = pl.scan_parquet(found.hashes).select(pl.col(ROW_HASH).is_in(twins.implode())).collect()
        places = alike.to_series().arg_true()
        rows = (
            pl.scan_parquet(found.rows)
            .with_row_index("place")
            .join(places.rename("place").to_frame().lazy(), on="place", how="semi")
        )
        candidates = rows.collect(engine="streaming")
        first = candidates.sort("row_number").unique(subset=content, keep="first")
        repeats += candidates.join(first, on="row_number", how="anti")["row_number"].to_list()
    return repeats


def _twins(found: Split) -> Iterator[pl.Series]:
    """The hashes that occur more than once, a part of all at a time, so that memory does not grow."""
    hashes = pl.scan_parquet(found.hashes)
    parts = found.accepted // MAX_HASHES + 1
    for part in range(parts):
        own = hashes.filter(pl.col(ROW_HASH) % parts == part) if parts > 1 else hashes
        ordered = np.sort(own.collect(engine="streaming").to_series().to_numpy())
        twins = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        if len(twins):
            yield pl.Series(twins)


def quarantine_rows(entry: LedgerEntry, refused: pl.DataFrame, table: TextTable) -> pl.DataFrame:
    """One row for each reason a row of the file was refused for; never what stands in the row."""
    schema = {n: QUARANTINE_SCHEMA[n] for n in ("row_number", "column_name", "reason_code")}
    rejected = pl.DataFrame(
        [(r.row_number, None, r.reason_code) for r in table.rejects], schema=schema, orient="row"
    )
    origin = [
        pl.lit(getattr(entry, n), pl.String).alias(n)
        for n in ("file_sha256", "kind", "source_id", "file_name")
    ]
    rows = pl.concat([refused.cast(pl.Schema(schema)), rejected])
    return (
        on_sheets(rows, table)
        .with_columns(origin)
        .select(*QUARANTINE_SCHEMA)
        .sort("row_number", "column_name", "reason_code")
    )


def on_sheets(rows: pl.DataFrame, table: TextTable) -> pl.DataFrame:
    """With the sheet each row stands on and its number there; both null where there are no sheets."""
    title, before = pl.lit(None, pl.String), pl.lit(None, pl.Int64)
    for sheet in table.sheets:
        is_here = pl.col("row_number") > sheet.rows_before
        title = pl.when(is_here).then(pl.lit(sheet.title)).otherwise(title)
        before = pl.when(is_here).then(pl.lit(sheet.rows_before, pl.Int64)).otherwise(before)
    return rows.with_columns(sheet_name=title, sheet_row_number=pl.col("row_number") - before)
