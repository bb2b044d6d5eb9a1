"""The Parquet files of a build: what changed is written, what did not is taken over from the build before.

Here: parts (a table, or a month of a large one), their fingerprints, the files of a part.
Not here: the database (`contents.py`), whether the files are right (`verify.py`).
Explained in docs/operator.md, "Published builds". A part that is taken over is a hard link: no byte is
written, and it stays when the build it came from is removed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from pipelines.publishing.contents import Table
from pipelines.publishing.privacy import PERSONAL_FORMS
from pipelines.warehouse.connect import literal, quoted

FINGERPRINTS = "_fingerprints.json"
MONTH = "period_month_date"
# Below it a table is one file: a folder of small files is slower to read than what it saves.
ROWS_OF_A_LARGE_TABLE = 200_000
# Above it a table is no Parquet file: most months of a decade change every night, and writing them anew would
# take longer than the night's own work. A sheet of a workbook holds about as many; who wants more reads the
# database. `copy (from core.…) to 'file.parquet'` makes one where it is wanted.
MOST_ROWS = 1_000_000
# Named as Hive does, so that readers find null again.
_NO_MONTH = "__HIVE_DEFAULT_PARTITION__"
# What a build's texts were searched for; a part is taken over only from a build searched for the same.
SEARCHED_FOR = hashlib.sha256(json.dumps(PERSONAL_FORMS, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Part:
    """What is written or taken over as one: a table or view, or a month of a large one.

    Attributes:
        table: whose rows these are.
        month: the month as ISO text; `_NO_MONTH` for rows without one; None for a whole table.
        rows: how many there are.
        fingerprint: equal for equal columns and rows, in whatever order.
    """

    table: Table
    month: str | None
    rows: int
    fingerprint: str

    @property
    def place(self) -> str:
        """The file, or the folder of files, below the folder of Parquet files."""
        whole = f"{self.table.schema}/{self.table.name}"
        return f"{whole}.parquet" if self.month is None else f"{whole}/{MONTH}={self.month}"


@dataclass(frozen=True)
class Written:
    """What a build notes of a part it holds.

    Attributes:
        rows: how many are in its files.
        fingerprint: of its content.
        build_id: the build that wrote the files; each file carries it too.
        files: their places below the folder of Parquet files, with size in bytes.
    """

    rows: int
    fingerprint: str
    build_id: str
    files: Mapping[str, int]


def is_exported(count: int | None) -> bool:
    """Whether a table of so many rows is in Parquet; None: nobody has counted them."""
    return count is not None and count <= MOST_ROWS


def parts_of(con: duckdb.DuckDBPyConnection, rows: Mapping[Table, int | None]) -> list[Part]:
    """The parts of every exported table and view of the open build, fingerprinted in one scan of each."""
    counted = {table: count for table, count in rows.items() if count is not None and is_exported(count)}
    return [part for table, count in counted.items() for part in _parts(con, table, count)]


def write_parts(  # noqa: PLR0913 (what a build is, and what it follows)
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    parts: Collection[Part],
    build_id: str,
    before: Path | None,
    *,
    run: int | None = None,
) -> None:
    """Write the Parquet files of a build, and beside them what each part is.

    Args:
        con: the open build.
        folder: of its Parquet files; made here.
        parts: all of its parts.
        build_id: the identity of the build.
        before: the folder of Parquet files to take unchanged parts from.
        run: number of the run that made the warehouse.
    """
    folder.mkdir(parents=True)
    kept = read_written(before) if before else {}
    written: dict[str, Written] = {}
    to_write: dict[Table, list[Part]] = {}
    for part in parts:
        old = kept.get(part.place)
        is_unchanged = old is not None and (old.rows, old.fingerprint) == (part.rows, part.fingerprint)
        if before and old and is_unchanged and _taken_over(before, folder, old):
            written[part.place] = old
        else:
            to_write.setdefault(part.table, []).append(part)
    for table, changed in to_write.items():
        _write(con, folder, table, changed, build_id)
        for part in changed:
            files = _files(folder, part)
            written[part.place] = Written(part.rows, part.fingerprint, build_id, files)
    content = {
        "build_id": build_id,
        "searched_for": SEARCHED_FOR,
        "run": run,
        "parts": {place: asdict(written[place]) for place in sorted(written)},
    }
    (folder / FINGERPRINTS).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_written(folder: Path) -> dict[str, Written]:
    """What a build notes of its parts, by place; nothing if it was searched for other things."""
    try:
        content = json.loads((folder / FINGERPRINTS).read_text(encoding="utf-8"))
        if content["searched_for"] != SEARCHED_FOR:
            return {}
        return {place: Written(**part) for place, part in content["parts"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def run_of(folder: Path) -> int | None:
    """Number of the run whose warehouse a build shows, if it was searched for what is searched for now."""
    try:
        content = json.loads((folder / FINGERPRINTS).read_text(encoding="utf-8"))
        return int(content["run"]) if content["searched_for"] == SEARCHED_FOR else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def rows_written_by(table: Table, written: Mapping[str, Written], build_id: str) -> str | None:
    """The relation of those rows of a table that a build did not take over; None if there are none."""
    whole = f"{table.schema}/{table.name}"
    if f"{whole}.parquet" in written:
        return table.full_name if written[f"{whole}.parquet"].build_id == build_id else None
    months = [
        place.rpartition("=")[2]
        for place, part in written.items()
        if place.startswith(f"{whole}/{MONTH}=") and part.build_id == build_id
    ]
    return f"(from {table.full_name} where {_of_months(months)})" if months else None


def _parts(con: duckdb.DuckDBPyConnection, table: Table, count: int) -> Iterator[Part]:
    described = con.execute(f"describe {table.full_name}").fetchall()
    columns = [(str(row[0]), str(row[1])) for row in described]
    structure = hashlib.sha256(json.dumps(columns).encode()).hexdigest()[:16]
    names = [quoted(name) for name, _ in columns]
    # Two sums of 64-bit hashes of whole rows, with columns in both orders: order of rows does not matter,
    # repeated rows do not cancel out. The outer hash keeps a sum from seeing the structure of the inner.
    sums = ", ".join(f"sum(hash(hash({', '.join(order)})))" for order in (names, names[::-1]))
    is_parted = count > ROWS_OF_A_LARGE_TABLE and MONTH in {name for name, _ in columns}
    month = MONTH if is_parted else "null"
    found = con.execute(
        f"select cast({month} as varchar), count(*), {sums} from {table.full_name} group by 1 order by 1"  # noqa: S608 (quoted)
    ).fetchall()
    for value, rows, *hashes in found or [(None, 0, 0, 0)]:
        place = (value or _NO_MONTH) if is_parted else None
        fingerprint = "-".join([structure, *(f"{int(number or 0):x}" for number in hashes)])
        yield Part(table, place, int(rows), fingerprint)


def _taken_over(before: Path, folder: Path, part: Written) -> bool:
    """Link the files of a part; False if one is not as it was written or the disk knows no links."""
    try:
        if any((before / file).stat().st_size != size for file, size in part.files.items()):
            return False
        for file in part.files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).hardlink_to(before / file)
    except OSError:
        for file in part.files:
            (folder / file).unlink(missing_ok=True)
        return False
    return True


def _write(
    con: duckdb.DuckDBPyConnection, folder: Path, table: Table, changed: Sequence[Part], build_id: str
) -> None:
    options = f"format parquet, compression zstd, kv_metadata {{build_id: {literal(build_id)}}}"
    months = [part.month for part in changed if part.month is not None]
    if not months:
        target = folder / changed[0].place
        target.parent.mkdir(parents=True, exist_ok=True)
        con.execute(f"copy (from {table.full_name}) to {literal(str(target))} ({options})")
        return
    target = folder / table.schema / table.name
    target.mkdir(parents=True, exist_ok=True)
    con.execute("set partitioned_write_max_open_files = 2000")  # else a month has several files
    con.execute(
        f"copy (from {table.full_name} where {_of_months(months)}) to {literal(str(target))} "
        f"({options}, partition_by ({MONTH}), write_partition_columns true, overwrite_or_ignore true, "
        "filename_pattern 'part_')"
    )


def _of_months(months: Sequence[str]) -> str:
    dated = ", ".join(f"date {literal(month)}" for month in months if month != _NO_MONTH)
    either = [f"{MONTH} in ({dated})"] * bool(dated) + [f"{MONTH} is null"] * (_NO_MONTH in months)
    return " or ".join(either)


def _files(folder: Path, part: Part) -> dict[str, int]:
    place = folder / part.place
    files = sorted(place.glob("*.parquet")) if place.is_dir() else [place]
    return {file.relative_to(folder).as_posix(): file.stat().st_size for file in files}
