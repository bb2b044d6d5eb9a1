"""What is true of a delivery made for volume: counts only, so that ten million dossiers need no second copy.

Here: rows by file and fate, dossiers by status and by outcome under `strict`, as one JSON.
Not here: the outcome itself (`outcomes.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.sample.outcomes import with_strict

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

SUMMARY = "summary.json"
_DRAWN_KINDS = ("dossiers", "ratings", "processing_log")
_STATE = ("status_code", "received_at", "due_at", "has_due_time", "finished_at", "has_finished_time")


def accepted(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that are neither set aside nor repeats."""
    return rows.filter(~pl.col("is_repeat") & pl.col("quarantine_reason").is_null())


@dataclass
class Tally:
    """Counts of one delivery while it is made.

    Attributes:
        files: name of the file → kind and rows.
        outcomes: dossiers by outcome under `strict` at the data cut.
        statuses: dossiers by status.
        faults: rows by injected fault.
        size_bytes: size of all files.
    """

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    size_bytes: int = 0

    def count_file(self, kind: str, name: str, read: int, quarantined: int = 0, repeated: int = 0) -> None:
        """Add rows to what is known of a file."""
        zero = {"kind": kind, "rows_read": 0, "rows_accepted": 0, "rows_quarantined": 0, "rows_repeated": 0}
        entry = self.files.setdefault(name, zero)
        entry["rows_read"] += read
        entry["rows_accepted"] += read - quarantined - repeated
        entry["rows_quarantined"] += quarantined
        entry["rows_repeated"] += repeated

    def count_faults(self, rows: pl.DataFrame) -> None:
        """Add the faults that struck rows."""
        self.faults.update(dict(rows["fault"].drop_nulls().value_counts().iter_rows()))

    def count_states(self, rows: pl.DataFrame, cut: datetime, *, sign: int = 1) -> None:
        """Add dossiers by what is last known of each, or with -1 take them away again."""
        judged = with_strict(rows.select(_STATE).with_columns(data_cut_at=pl.lit(cut)))
        for counter, column in ((self.outcomes, "outcome_strict"), (self.statuses, "status_code")):
            for word, count in judged[column].value_counts().iter_rows():
                counter[word] += sign * count

    def write(self, folder: Path, layout: str, cut: datetime) -> None:
        """Write `summary.json`."""
        folder.mkdir(parents=True, exist_ok=True)
        said = {
            "layout": layout,
            "data_cut_at": f"{cut:%Y-%m-%d %H:%M:%S}",
            "dossiers": self.outcomes.total(),
            "outcomes": {"strict": _sorted(self.outcomes)},
            "statuses": _sorted(self.statuses),
            "faults": _sorted(self.faults),
            "files": [{"file_name": name, **self.files[name]} for name in sorted(self.files)],
        }
        text = json.dumps(said, ensure_ascii=False, indent=1)
        (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return {word: counter[word] for word in sorted(counter) if counter[word]}


def forget_earlier(out: Path) -> None:
    """Remove what an earlier generation into the same folder lists as its own."""
    listed = out / "truth" / SUMMARY
    if listed.exists():
        for entry in json.loads(listed.read_text(encoding="utf-8"))["files"]:
            if entry["kind"] in _DRAWN_KINDS:
                (out / "landing" / entry["kind"] / entry["file_name"]).unlink(missing_ok=True)
        listed.unlink()
