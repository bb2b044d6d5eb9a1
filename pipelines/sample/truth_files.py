"""The truth as files, beside the exports it is true about.

Here: what is kept of every delivered row, and the Parquet files below `truth/`.
Not here: what is true (`truth.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from pipelines.sample import truth
from pipelines.sample.options import GenerateReport
from pipelines.sample.people import people
from pipelines.sample.steps import TRUTH

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipelines.sample.limits import Law

KEPT = (
    "source_system", "true_code", "dossier_code", "agency_code", "agency_name", "agency_resolved",
    "procedure_code", "procedure_name", "procedure_resolved", "status_code", "channel_code", "applied_at",
    "received_at", "due_at", "has_due_time", "finished_at", "has_finished_time", "returned_at",
    "stated_outcome_code", "supplement_request_count", "supplement_requested_at", "supplement_completed_at",
    "extension_count", "apologised_at", "fault", "quarantine_reason",
    "quarantine_column", "is_repeat", "file_name", "row_number", "observed_at",
)  # fmt: skip
_FILES = {
    "file_name": pl.String, "kind": pl.String, "rows_read": pl.Int64, "rows_accepted": pl.Int64,
    "rows_quarantined": pl.Int64, "rows_repeated": pl.Int64, "rows_not_records": pl.Int64,
}  # fmt: skip
_DRAWN_KINDS = ("dossiers", "ratings", "processing_log", "payments", "digitisation_statistics")
_RATING = {
    "source_system": pl.String, "dossier_code": pl.String, "fault": pl.String, "quarantine_reason": pl.String,
    "quarantine_column": pl.String, "file_name": pl.String, "row_number": pl.Int64,
}  # fmt: skip


def forget_earlier(out: Path) -> None:
    """Remove the exports that an earlier generation into the same folder lists as its own.

    Registers keep their names and are written over; the catalogue may be the very file this one reads.
    """
    for listed in (out / "truth" / name for name in ("files.parquet", "electronic_files.parquet")):
        if not listed.exists():
            continue
        for file_name, kind in pl.read_parquet(listed, columns=["file_name", "kind"]).iter_rows():
            if kind in _DRAWN_KINDS:
                (out / "landing" / kind / file_name).unlink(missing_ok=True)


@dataclass
class Delivered:
    """What is remembered of everything that was exported, dossier rows apart.

    Attributes:
        ratings: every delivered rating, one frame a file.
        steps: what is true of every step, one frame.
        supplements: requests for missing papers, one frame a portal and month.
        files: one tuple a file, in the order of the truth's columns.
        persons: numbers of the persons that appear.
        size_bytes: size of all exports.
    """

    ratings: list[pl.DataFrame] = field(default_factory=list)
    steps: list[pl.DataFrame] = field(default_factory=list)
    supplements: list[pl.DataFrame] = field(default_factory=list)
    files: list[tuple[str, str, int, int, int, int, int]] = field(default_factory=list)
    persons: list[pl.Series] = field(default_factory=list)
    size_bytes: int = 0


def write_truth(
    out: Path,
    rows: pl.LazyFrame,
    delivered: Delivered,
    law: Law,
    keep: Callable[[pl.DataFrame], dict[str, pl.DataFrame]],
) -> GenerateReport:
    """Conclude and write.

    Args:
        out: gets `truth/dossiers`, `flags`, `quarantine`, `injected`, `files`, `supplements`, `steps`
            and `people`, each `.parquet`. `people` names persons and is never to be shipped or published.
        rows: every delivered dossier row, columns `KEPT`.
        delivered: everything else that was exported.
        law: limits of the procedures.
        keep: delivers what is kept about dossiers, by the last word on each, and says what is true about it.
    """
    folder = out / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    rated = pl.concat(delivered.ratings) if delivered.ratings else pl.DataFrame(schema=_RATING)
    rated = rated.select(list(_RATING))
    last = truth.conclude(rows, law)
    kept = keep(last)
    good_ratings = rated.filter(pl.col("quarantine_reason").is_null())
    set_aside = rows.filter(pl.col("quarantine_reason").is_not_null()).select(
        "file_name", "row_number", column_name="quarantine_column", reason_code="quarantine_reason"
    )
    rated_aside = rated.filter(pl.col("quarantine_reason").is_not_null()).select(
        "file_name", "row_number", column_name="quarantine_column", reason_code="quarantine_reason"
    )
    struck = rows.filter(pl.col("fault").is_not_null()).select(
        "fault", "source_system", "dossier_code", "file_name", "row_number"
    )
    rated_struck = rated.filter(pl.col("fault").is_not_null()).select(struck.collect_schema().names())
    injected = pl.concat([struck.collect(), rated_struck]).sort("file_name", "row_number")
    tables = {
        "dossiers": last.select(truth.TRUTH_COLUMNS).sort("source_system", "dossier_code"),
        "flags": truth.flag(rows, last, good_ratings),
        "quarantine": pl.concat([set_aside.collect(), rated_aside]).sort("file_name", "row_number"),
        "injected": injected,
        "files": pl.DataFrame(delivered.files, schema=_FILES, orient="row").sort("kind", "file_name"),
        "supplements": pl.concat(delivered.supplements).sort("source_system", "dossier_code", "ordinal"),
        "steps": pl.concat(delivered.steps) if delivered.steps else pl.DataFrame(schema=TRUTH),
        "people": people(pl.concat(delivered.persons).unique().sort()),
        **kept,
    }
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet", compression="zstd", compression_level=19)
    faults = injected["fault"].value_counts().sort("fault")
    return GenerateReport(
        files=len(delivered.files),
        dossiers=last.height,
        rows=rows.select(pl.len()).collect().item(),
        faults=dict(faults.iter_rows()),
        size_bytes=delivered.size_bytes,
    )
