"""Whether a run makes the whole warehouse or one night of it, and the note that each finished run leaves.

Here: the decision, a pure function over what was built and what is there now; the note.
Not here: what a night makes again (dbt_project/macros/nights.sql), how dbt is called (`dbt.py`).
Explained in docs/architecture.md, "A night".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from pipelines.ingestion.lake import read_ledger, write_beside
from pipelines.settings import Settings
from pipelines.warehouse.dbt import project_files

# Files of these kinds change the dossiers they speak of; a file of any other kind may change every row.
NIGHT_KINDS = frozenset({"dossiers", "ratings", "processing_log", "published_scores"})
# With more new rows than this share of the old ones, a run of the whole is no slower and leaves tidier files.
MOST_NEW_ROWS = 0.25

File = tuple[str, str, str]


@dataclass(frozen=True)
class Built:
    """What the warehouse was made of when a run last ended well.

    Attributes:
        project: digest of every file of the dbt project, and of the systems the contracts name.
        files: kind, SHA-256 and contract fingerprint of every accepted file in it.
        rows: accepted rows of these files.
    """

    project: str
    files: frozenset[File]
    rows: int


@dataclass(frozen=True)
class Run:
    """What a run makes, and why; the reason is a phrase for people."""

    scope: Literal["whole", "night"]
    reason: str


def decide(before: Built | None, now: Built) -> Run:
    """The scope of the next run. A night only where it gives the tables a run of the whole would give."""
    if before is None:
        return Run("whole", "no run before ended well")
    if before.project != now.project:
        return Run("whole", "models, rules or seeds have changed")
    if before.files - now.files:
        return Run("whole", "files were withdrawn or are read by another contract")
    if others := sorted({kind for kind, _, _ in now.files - before.files} - NIGHT_KINDS):
        return Run("whole", f"new files of kind {', '.join(others)}")
    if now.rows - before.rows > MOST_NEW_ROWS * before.rows:
        return Run("whole", "much was delivered")
    return Run("night", f"{len(now.files - before.files)} new files")


def accepted_now(settings: Settings) -> Built:
    """What the next run will be made of."""
    digest = hashlib.sha256()
    systems = settings.lake / "source_systems" / "source_systems.parquet"
    for path in [*project_files(settings), systems]:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    ledger = read_ledger(settings.lake)
    accepted = ledger.filter(ledger["status"] == "accepted")
    columns = ("kind", "file_sha256", "contract_fingerprint")
    return Built(
        project=digest.hexdigest(),
        files=frozenset(accepted.select(columns).iter_rows()),
        rows=int(accepted["rows_accepted"].sum()),
    )


def built_before(settings: Settings) -> Built | None:
    """What the warehouse holds; None when no run ended well since one began."""
    if not settings.warehouse.exists():
        return None
    try:
        said = json.loads(_note(settings).read_text(encoding="utf-8"))
        return Built(said["project"], frozenset((k, s, f) for k, s, f in said["files"]), said["rows"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def begin(settings: Settings) -> None:
    """From here on the warehouse is between two states, until `finish`."""
    _note(settings).unlink(missing_ok=True)


def finish(settings: Settings, built: Built) -> None:
    """Keep what the warehouse is made of now: for dbt as a table, for the next decision as a note."""
    with duckdb.connect(str(settings.warehouse)) as con:
        _keep(con, built.files)
    content = {"project": built.project, "files": sorted(built.files), "rows": built.rows}
    write_beside(_note(settings), lambda path: _write(path, content))


def _keep(con: duckdb.DuckDBPyConnection, files: Iterable[File]) -> None:
    con.execute("begin")
    con.execute("create or replace table raw.built_files (kind varchar, file_sha256 varchar, contract_fingerprint varchar)")
    con.executemany("insert into raw.built_files values (?, ?, ?)", sorted(files))
    con.execute("commit")


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _note(settings: Settings) -> Path:
    return settings.warehouse.with_name("last_run.json")
