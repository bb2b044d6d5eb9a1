"""Reads workbooks: .xlsx, .xlsb, .ods and real .xls.

Here: every sheet as text, physical rows kept; the sheets that are wanted as one table.
Not here: HTML saved as .xls (`html.py`); titles and records (`header.py`, `records.py`).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import fastexcel
import polars as pl

from pipelines.ingestion.readers.assembly import assemble, grid_rows
from pipelines.ingestion.readers.header import SEARCH_ROWS, find_header
from pipelines.ingestion.readers.model import (
    OTHER_SHEET,
    ROW_NUMBER,
    SHEET,
    Block,
    Sheet,
    TextTable,
    UnreadableFile,
)
from pipelines.ingestion.readers.spool import BLOCK_ROWS, Spool
from pipelines.text import BLANKS, nfc


def read_workbook(path: Path, known: Collection[str], work: Path) -> TextTable:
    """The records of every sheet that holds the column titles; most workbooks have one.

    Rows of a further sheet are numbered on after those of the sheets before it, so that a number names
    one row of the file.

    Raises:
        UnreadableFile: unreadable_workbook, header_not_found.
    """
    refusal: UnreadableFile | None = None
    sheets: list[Sheet] = []
    rows_before = 0
    for index, (title, cells) in enumerate(_sheets(path)):
        table = None
        try:
            table = _table(_numbered(cells, rows_before), title, known, Spool(work, f"sheet-{index}"))
        except UnreadableFile as error:
            refusal = refusal or error
        filled = cells.height - table.not_records.get("blank", 0) if table else _filled(cells)
        sheets.append(Sheet(nfc(title), rows_before, filled, table))
        rows_before += cells.height
    if not any(sheet.table for sheet in sheets):
        raise refusal or _unreadable()
    return joined(sheets, [sheet.title for sheet in sheets])


def joined(sheets: Sequence[Sheet], titles: Collection[str]) -> TextTable:
    """One table of the sheets named that hold records; the rows of all others are counted.

    Args:
        sheets: every sheet of the workbook.
        titles: titles of the sheets wanted, spelt as theirs; at least one of them has a table.
    """
    wanted = [(s.title, s.table) for s in sheets if s.table and s.title in titles]
    tables = [table for _, table in wanted]
    frames = [table.frame.with_columns(pl.lit(title).alias(SHEET)) for title, table in wanted]
    others = [s for s in sheets if not (s.table and s.title in titles)]
    not_records: Counter[str] = Counter()
    for table in tables:
        not_records.update(table.not_records)
    not_records[OTHER_SHEET] = sum(sheet.filled_rows for sheet in others)
    return TextTable(
        frame=pl.concat(frames, how="diagonal"),
        headers=tuple(dict.fromkeys(header for table in tables for header in table.headers)),
        lead_text="\n".join(table.lead_text for table in tables),
        not_records={what: count for what, count in sorted(not_records.items()) if count},
        rejects=tuple(reject for table in tables for reject in table.rejects),
        rows_read=sum(table.rows_read for table in tables),
        sheets=tuple(sheets),
        unread_sheets=tuple(sheet.title for sheet in others),
    )


def _numbered(cells: pl.DataFrame, rows_before: int) -> pl.DataFrame:
    number = pl.int_range(rows_before + 1, rows_before + 1 + pl.len(), dtype=pl.Int64)
    return cells.select(number.alias(ROW_NUMBER), pl.all())


def _filled(cells: pl.DataFrame) -> int:
    """How many rows of a sheet hold anything but blanks."""
    if not cells.width:
        return 0
    return cells.filter(pl.any_horizontal(pl.all().str.strip_chars(BLANKS).fill_null("") != "")).height


def _sheets(path: Path) -> Iterator[tuple[str, pl.DataFrame]]:
    try:
        reader = fastexcel.read_excel(path.read_bytes())  # given a path it trusts the extension
        for name in reader.sheet_names:
            # skip_rows=0: rows left empty on top keep their number
            sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            yield name, sheet.to_polars()
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, ValueError):
        raise _unreadable() from None  # the cause may quote cells


def _table(cells: pl.DataFrame, title: str, known: Collection[str], spool: Spool) -> TextTable:
    first = list(grid_rows(cells.head(SEARCH_ROWS)))
    rest = cells.slice(SEARCH_ROWS)
    blocks = (Block(rest.slice(start, BLOCK_ROWS)) for start in range(0, rest.height, BLOCK_ROWS))
    table = assemble(first, find_header(first, known), blocks, spool)
    return replace(table, lead_text="\n".join(line for line in (title, table.lead_text) if line))


def _unreadable() -> UnreadableFile:
    return UnreadableFile(
        "unreadable_workbook",
        "the workbook is cut, damaged or protected by a password",
        "open it in a spreadsheet program, save it again without password and deliver that",
    )
