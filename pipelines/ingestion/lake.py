"""The lake's files: where they lie, and that each appears whole or not at all.

Here: paths, the ledger entry, atomic writes, the empty tables that give each kind its schema.
Not here: what goes into them (`ingest.py`).
Explained in docs/architecture.md, "Delivered → accepted".
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipelines.contracts import Catalogue, SourceSystem
from pipelines.ingestion.typed import lake_schema

LEDGER_SCHEMA: Mapping[str, pl.DataType] = {
    "file_sha256": pl.String(),
    "kind": pl.String(),
    "source_id": pl.String(),
    "source_system": pl.String(),
    "file_name": pl.String(),
    "relative_path": pl.String(),
    "size_bytes": pl.Int64(),
    "observed_at": pl.Datetime("us"),
    "status": pl.String(),
    "reason_code": pl.String(),
    "remedy": pl.String(),
    "rows_read": pl.Int64(),
    "rows_accepted": pl.Int64(),
    "rows_quarantined": pl.Int64(),
    "rows_repeated": pl.Int64(),
    "rows_not_records": pl.Int64(),
    "not_records_detail": pl.String(),
    "unknown_columns": pl.String(),
    "missing_columns": pl.String(),
    "contract_fingerprint": pl.String(),
    "key_id": pl.String(),
    "ingested_at": pl.Datetime("us"),
    "export_scope": pl.String(),
    "unread_sheets": pl.String(),
}
QUARANTINE_SCHEMA: Mapping[str, pl.DataType] = {
    "file_sha256": pl.String(),
    "kind": pl.String(),
    "source_id": pl.String(),
    "file_name": pl.String(),
    "row_number": pl.Int64(),
    "column_name": pl.String(),
    "reason_code": pl.String(),
    "sheet_name": pl.String(),
    "sheet_row_number": pl.Int64(),
}
SYSTEM_SCHEMA: Mapping[str, pl.DataType] = {
    "source_system": pl.String(),
    "source_system_name": pl.String(),
    "time_zone": pl.String(),
    "calendar_code": pl.String(),
    "agency_register": pl.String(),
    "procedure_catalogue": pl.String(),
    "plausible_from_date": pl.Date(),
}
HELD_SCHEMA: Mapping[str, pl.DataType] = {
    "kind": pl.String(),
    "file_sha256": pl.String(),
    "relative_path": pl.String(),
}
EMPTY = "_empty.parquet"


class Held(NamedTuple):
    """A file of a register whose rows hold now."""

    kind: str
    file_sha256: str
    relative_path: str


@dataclass(frozen=True)
class LedgerEntry:
    """What became of one delivered file; a row of `ops.ingestion_ledger`.

    `rows_read = rows_accepted + rows_quarantined + rows_repeated` always. `observed_at` is the wall
    clock of the source's system, `ingested_at` is UTC. `export_scope` is `full`, `changes` or
    `partial`; null for a refused file and for one that was read before scopes were kept. `unread_sheets`
    lists, as JSON, the sheets of a workbook that were counted and not read; null likewise.
    """

    file_sha256: str
    kind: str
    source_id: str | None
    source_system: str | None
    file_name: str
    relative_path: str
    size_bytes: int
    observed_at: datetime | None
    status: str
    reason_code: str | None
    remedy: str | None
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_repeated: int
    rows_not_records: int
    not_records_detail: str
    unknown_columns: str
    missing_columns: str
    contract_fingerprint: str
    key_id: str
    ingested_at: datetime
    export_scope: str | None = None
    unread_sheets: str | None = None


class Lake:
    """The folder of accepted rows, quarantine and ledger."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prepare(self, catalogue: Catalogue) -> None:
        """Make folders, zero-row tables and the list of systems, so that every read finds a schema.

        Raises:
            PermissionError: when a folder of the lake must not be written to.
        """
        tables = {
            self.root / kind.kind / EMPTY: pl.DataFrame(schema=lake_schema(kind))
            for kind in catalogue.kinds.values()
        }
        tables[self.root / "_ledger" / EMPTY] = pl.DataFrame(schema=dict(LEDGER_SCHEMA))
        tables[self.root / "_registers" / EMPTY] = pl.DataFrame(schema=dict(HELD_SCHEMA))
        tables[self.root / "_quarantine" / EMPTY] = pl.DataFrame(schema=dict(QUARANTINE_SCHEMA))
        systems = self.root / "source_systems" / "source_systems.parquet"
        tables[systems] = _systems(catalogue.systems.values())
        for path, table in tables.items():
            if not _holds(path, table):
                self._write_table(table, path)
            elif not os.access(path.parent, os.W_OK):  # said now, not file by file as if each were at fault
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path.parent))

    def entries(self) -> dict[tuple[str, str], LedgerEntry]:
        """Every ledger entry by kind and file hash."""
        frame = read_ledger(self.root)
        names = [f.name for f in fields(LedgerEntry)]
        return {
            (row["kind"], row["file_sha256"]): LedgerEntry(**{n: row[n] for n in names})
            for row in frame.iter_rows(named=True)
        }

    def hold(self, kinds: Iterable[str], held: Iterable[Held]) -> None:
        """Say which files of these registers hold now; of other registers what was said before stays."""
        by_kind: dict[str, list[Held]] = {kind: [] for kind in kinds}
        for one in held:
            by_kind[one.kind].append(one)
        for kind, files in by_kind.items():
            path = self.root / "_registers" / f"{kind}.parquet"
            table = pl.DataFrame(sorted(files), schema=dict(HELD_SCHEMA), orient="row")
            if not _holds(path, table):
                self._write_table(table, path)

    def held(self) -> list[Held]:
        """The files of registers whose rows hold."""
        return [Held(*row) for row in read_held(self.root).iter_rows()]

    def rows_path(self, kind: str, sha256: str) -> Path:
        """Where the accepted rows of a file lie."""
        return self.root / kind / f"{sha256}.parquet"

    def work_path(self, kind: str, sha256: str) -> Path:
        """Scratch folder of a file being read; on the lake's disk, so that a rename is one step."""
        return self.root / "_work" / f"{kind}-{sha256}"

    def commit(self, entry: LedgerEntry, rows: Path | None, quarantine: pl.DataFrame) -> None:
        """Put a file's outcome in place: rows, then quarantine, and the ledger entry last.

        A crash in between leaves a ledger without the entry, so the next run does it again.
        """
        target = self.rows_path(entry.kind, entry.file_sha256)
        if rows is None:
            target.unlink(missing_ok=True)
        else:
            _durable_replace(rows, target)
        aside = self._quarantine_path(entry)
        if quarantine.is_empty():
            aside.unlink(missing_ok=True)
        else:
            self._write_table(quarantine, aside)
        self._write_table(
            pl.DataFrame([asdict(entry)], schema=dict(LEDGER_SCHEMA), orient="row"), self._ledger_path(entry)
        )

    def free_bytes(self) -> int:
        """Free space on the lake's disk."""
        return shutil.disk_usage(self.root).free

    def forget(self, entry: LedgerEntry) -> None:
        """Drop the entry of a file that was refused and is no longer delivered."""
        self._ledger_path(entry).unlink(missing_ok=True)

    def _ledger_path(self, entry: LedgerEntry) -> Path:
        return self.root / "_ledger" / f"{entry.kind}-{entry.file_sha256}.parquet"

    def _quarantine_path(self, entry: LedgerEntry) -> Path:
        return self.root / "_quarantine" / f"{entry.kind}-{entry.file_sha256}.parquet"

    def _write_table(self, frame: pl.DataFrame, path: Path) -> None:
        write_beside(path, lambda beside: frame.write_parquet(beside, compression="zstd"))


def read_ledger(root: Path) -> pl.DataFrame:
    """Every ledger row of a lake; a column that an older row does not have is null in it."""
    rows = pl.scan_parquet(
        root / "_ledger" / "*.parquet",
        schema=dict(LEDGER_SCHEMA),
        missing_columns="insert",
        extra_columns="ignore",
    )
    return rows.collect()


def read_held(root: Path) -> pl.DataFrame:
    """The files of registers whose rows hold, in a fixed order; none in a lake no register came to."""
    rows = pl.scan_parquet(root / "_registers" / "*.parquet", schema=dict(HELD_SCHEMA))
    return rows.collect().sort(HELD_SCHEMA.keys())


def _holds(path: Path, table: pl.DataFrame) -> bool:
    """Whether a file holds just this table, so that it need not be written again."""
    try:
        same_schema = pl.read_parquet_schema(path) == table.schema
        return same_schema and pl.read_parquet(path).equals(table)
    except (OSError, pl.exceptions.PolarsError):
        return False


def write_beside(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file under another name in the same folder, make it durable, then rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(beside)
        _durable_replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _durable_replace(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.replace(target)


def _systems(systems: Iterable[SourceSystem]) -> pl.DataFrame:
    rows = [
        {
            "source_system": s.code,
            "source_system_name": s.name,
            "time_zone": s.time_zone,
            "calendar_code": s.calendar,
            "agency_register": s.agency_register,
            "procedure_catalogue": s.procedure_catalogue,
            "plausible_from_date": s.plausible_from,
        }
        for s in sorted(systems, key=lambda s: s.code)
    ]
    return pl.DataFrame(rows, schema=dict(SYSTEM_SCHEMA), orient="row")
