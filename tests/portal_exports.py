"""Small exports as portals write them, with made-up people, for tests of the sources that are shipped.

Here: pages of HTML saved as .xls (merged titles, group rows, totals), what ingestion made of them.
Not here: expectations; each test says its own. Lists of V1 and other deliveries are in `deliveries.py`.
"""

import html
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.ingestion.ingest import Ingestion
from pipelines.ingestion.lake import LedgerEntry
from pipelines.settings import Settings

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
# Made-up cells that must never be found in a lake.
PERSONS = ("Nguyễn Thị Mẫu", "Trần Văn Mẫu", "0955000111", "xóm Mẫu", "Cán bộ Mẫu")


@dataclass(frozen=True)
class Cell:
    """A cell that covers several columns or rows."""

    text: str
    columns: int = 1
    rows: int = 1


Row = Sequence[str | Cell]


def page(path: Path, lead: Sequence[Row], titles: Sequence[Row], rows: Iterable[Row]) -> None:
    """A page of the Tân Dân software: one table with lead rows, merged titles and whatever rows follow."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [_line(row, "td") for row in lead] + [_line(row, "th") for row in titles]
    lines += [_line(row, "td") for row in rows]
    path.write_text(
        f"<html><meta charset='utf-8'><body><table>{''.join(lines)}</table></body></html>", encoding="utf-8"
    )


def _line(row: Row, tag: str) -> str:
    cells = (cell if isinstance(cell, Cell) else Cell(cell) for cell in row)
    return (
        "<tr>"
        + "".join(
            f'<{tag} colspan="{c.columns}" rowspan="{c.rows}">{html.escape(c.text)}</{tag}>' for c in cells
        )
        + "</tr>"
    )


def write_json(path: Path, content: Any) -> None:
    """A document as an interface answers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def ingested(ingestion: Ingestion) -> LedgerEntry:
    """The entry of the only file that was delivered; its counts add up."""
    [outcome] = ingestion.run()
    entry = outcome.entry
    assert entry.rows_read == entry.rows_accepted + entry.rows_quarantined + entry.rows_repeated
    return entry


def accepted(settings: Settings, entry: LedgerEntry) -> pl.DataFrame:
    """The accepted rows of a file, in its order."""
    return pl.read_parquet(settings.lake / entry.kind / f"{entry.file_sha256}.parquet").sort("row_number")


def told(settings: Settings, entry: LedgerEntry) -> list[dict[str, Any]]:
    """What each accepted row says, without empty cells, folded names and where it is from."""
    frame = accepted(settings, entry)
    kept = [
        name
        for name in frame.columns
        if not name.endswith("_name_key")
        and name not in ("source_id", "source_system", "file_sha256", "row_number", "observed_at")
    ]
    return [{k: v for k, v in row.items() if v is not None} for row in frame.select(kept).to_dicts()]


def refused(settings: Settings) -> list[tuple[str, int, str, str]]:
    """File name, row, column and reason of every refused cell."""
    rows = pl.read_parquet(settings.lake / "_quarantine" / "*.parquet")
    ledger = pl.read_parquet(settings.lake / "_ledger" / "*.parquet").select("file_sha256", "file_name")
    named = rows.select("file_sha256", "row_number", "column_name", "reason_code").join(
        ledger, on="file_sha256"
    )
    found = named.select("file_name", "row_number", "column_name", "reason_code")
    return found.sort("row_number", "column_name").rows()


def holds_no_person(settings: Settings) -> bool:
    """Whether no text of the lake holds one of the made-up persons' cells."""
    texts = [
        json.dumps(pl.read_parquet(path).select(pl.col(pl.String)).rows(), ensure_ascii=False)
        for path in settings.lake.rglob("*.parquet")
    ]
    return not any(person in text for person in PERSONS for text in texts)


def at(day: str, clock: str = "00:00:00") -> datetime:
    """A moment from `2026-01-31`, `08:30:00`."""
    return datetime.fromisoformat(f"{day}T{clock}")
