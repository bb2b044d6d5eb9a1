"""Whether a run makes the whole warehouse or one night of it, and the note that each finished run leaves.

Here: the decision, a pure function over what was built and what is there now; the note.
Not here: what a night makes again (dbt_project/macros/nights.sql), how dbt is called (`dbt.py`).
Explained in docs/architecture.md, "A night".
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from pipelines.ingestion.lake import read_ledger, write_beside
from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse
from pipelines.warehouse.dbt import project_files

# Files of these kinds change the dossiers they speak of; a file of any other kind may change every row.
NIGHT_KINDS = frozenset({"dossiers", "ratings", "processing_log", "published_scores"})
# With more new rows than this share of the old ones, a run of the whole is no slower and leaves tidier files.
MOST_NEW_ROWS = 0.25

File = tuple[str, str, str]
FILE_COLUMNS = ("kind", "file_sha256", "contract_fingerprint")
NOTE_ENTRIES = frozenset({"number", "scope", "is_finished", "project", "files", "rows"})


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
    return Run("night", f"new files: {len(now.files - before.files)}")


def accepted_now(settings: Settings) -> Built:
    """What the next run will be made of."""
    digest = hashlib.sha256()
    systems = settings.lake / "source_systems" / "source_systems.parquet"
    for path in [*project_files(settings), systems]:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    ledger = read_ledger(settings.lake)
    accepted = ledger.filter(ledger["status"] == "accepted")
    return Built(
        project=digest.hexdigest(),
        files=frozenset(accepted.select(FILE_COLUMNS).iter_rows()),
        rows=int(accepted["rows_accepted"].sum()),
    )


def built_before(settings: Settings) -> Built | None:
    """What the warehouse holds; None when no run ended well since one began."""
    said = _read_note(settings)
    if said is None or not said["is_finished"] or not settings.warehouse.exists():
        return None
    return Built(said["project"], frozenset((k, s, f) for k, s, f in said["files"]), said["rows"])


def begin(settings: Settings, run: Run, built: Built) -> None:
    """From here on the warehouse is between two states, until `finish`."""
    last = _read_note(settings)
    number = 1 + (last["number"] if last else 0)
    _write_note(settings, number, run.scope, built, is_finished=False)


def is_night_running(settings: Settings) -> bool:
    """Whether what was made last, and is not finished yet, is a night."""
    said = _read_note(settings)
    return said is not None and not said["is_finished"] and said["scope"] == "night"


def finish(settings: Settings) -> None:
    """The run that began last was found sound: keep what it is made of, for dbt and the next decision."""
    said = _read_note(settings)
    if said is None or said["is_finished"]:
        return
    built = Built(said["project"], frozenset((k, s, f) for k, s, f in said["files"]), said["rows"])
    with open_warehouse(settings, read_only=False) as con:
        con.register("files", pl.DataFrame(sorted(built.files), schema=FILE_COLUMNS, orient="row").to_arrow())
        con.execute("create or replace table raw.built_files as select * from files")
    _write_note(settings, said["number"], said["scope"], built, is_finished=True)


def last_run(settings: Settings) -> int | None:
    """Number of the run that made the warehouse as it is; None when it is between two states."""
    said = _read_note(settings)
    return said["number"] if said and said["is_finished"] else None


def dossiers_changed_since(settings: Settings, number: int | None) -> list[str] | None:
    """Keys of the dossiers whose rows differ from those of that run; None when any may."""
    said = _read_note(settings)
    if said is None or not said["is_finished"] or number is None:
        return None
    if said["number"] == number:
        return []
    if said["number"] != number + 1 or said["scope"] != "night":
        return None
    with open_warehouse(settings, read_only=True) as con:
        rows = con.execute("select dossier_key from intermediate.int_dossiers_touched").fetchall()
    return [key for (key,) in rows]


def _note(settings: Settings) -> Path:
    return settings.warehouse.with_name("last_run.json")


def _read_note(settings: Settings) -> dict[str, Any] | None:
    try:
        said = json.loads(_note(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) and said.keys() >= NOTE_ENTRIES else None


def _write_note(settings: Settings, number: int, scope: str, built: Built, *, is_finished: bool) -> None:
    content = {
        "number": number,
        "scope": scope,
        "is_finished": is_finished,
        "project": built.project,
        "files": sorted(built.files),
        "rows": built.rows,
    }
    text = json.dumps(content, indent=1) + "\n"
    write_beside(_note(settings), lambda path: _put(path, text))


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
