"""Reads workbooks: .xlsx, .xlsb, .ods and real .xls.

Here: every sheet as text, physical rows kept.
Not here: HTML saved as .xls (`html.py`); titles and records (`header.py`, `records.py`).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import fastexcel
import polars as pl

from pipelines.ingestion.readers.assembly import assemble
from pipelines.ingestion.readers.header import SEARCH_ROWS, find_header
from pipelines.ingestion.readers.model import GridRow, TextTable, UnreadableFile
from pipelines.ingestion.readers.spool import Spool

SLICE_ROWS = 20_000


def read_workbook(path: Path, known: Collection[str], work: Path) -> TextTable:
    """The records of every sheet that holds the column titles; most workbooks have one.

    Rows of a second such sheet are numbered on after the first, so that a number names one row.

    Raises:
        UnreadableFile: unreadable_workbook, header_not_found.
    """
    refusal: UnreadableFile | None = None
    tables: list[TextTable] = []
    offset = 0
    for index, (title, sheet) in enumerate(_sheets(path)):
        rows = _rows(sheet, offset)
        offset += sheet.height
        try:
            find_header(list(_rows(sheet.head(SEARCH_ROWS), 0)), known)
        except UnreadableFile as error:
            refusal = refusal or error
            continue
        tables.append(assemble(rows, known, Spool(work, f"sheet-{index}"), title=title))
    if not tables:
        raise refusal or _unreadable()
    return tables[0] if len(tables) == 1 else _joined(tables)


def _sheets(path: Path) -> Iterator[tuple[str, pl.DataFrame]]:
    try:
        reader = fastexcel.read_excel(path.read_bytes())  # given a path it trusts the extension
        for name in reader.sheet_names:
            # skip_rows=0: rows left empty on top keep their number
            sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            yield name, sheet.to_polars()
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, ValueError):
        raise _unreadable() from None  # the cause may quote cells


def _rows(sheet: pl.DataFrame, offset: int) -> Iterator[GridRow]:
    for start in range(0, sheet.height, SLICE_ROWS):
        part = sheet.slice(start, SLICE_ROWS).fill_null("")
        for index, cells in enumerate(part.iter_rows(), start=offset + start + 1):
            yield GridRow(index, cells)


def _joined(tables: list[TextTable]) -> TextTable:
    frame = pl.concat([table.frame for table in tables], how="diagonal")
    kinds = {kind for table in tables for kind in table.not_records}
    return TextTable(
        frame=frame,
        headers=tuple(dict.fromkeys(header for table in tables for header in table.headers)),
        lead_text="\n".join(table.lead_text for table in tables),
        not_records={kind: sum(t.not_records.get(kind, 0) for t in tables) for kind in sorted(kinds)},
        rejects=tuple(reject for table in tables for reject in table.rejects),
        rows_read=sum(table.rows_read for table in tables),
    )


def _unreadable() -> UnreadableFile:
    return UnreadableFile(
        "unreadable_workbook",
        "the workbook is cut, damaged or protected by a password",
        "open it in a spreadsheet program, save it again without password and deliver that",
    )
