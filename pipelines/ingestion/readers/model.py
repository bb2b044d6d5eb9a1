"""What every reader hands on, and how a reader says that it cannot read.

Here: `TextTable`, `Reject`, `UnreadableFile`, the physical row `GridRow`, many rows as a `Block`.
Not here: anything that opens a file; any meaning of a column (that is `ingestion/typed.py`).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from pipelines.errors import Refusal

ROW_NUMBER = "row_number"
GROUP_PREFIX = "group:"
SHEET = "sheet:title"
OTHER_SHEET = "other_sheet"
# Number of text that stands outside any table; it may be a title but never a record.
OUTSIDE = 0


class UnreadableFile(Refusal):
    """A file that holds no table we can read, as a whole; never repeats what the file holds.

    Attributes:
        reason_code: one of the file-level codes of `contracts/reasons.yaml`.
        message: what was found.
        remedy: what to do about it.
    """

    def __init__(self, reason_code: str, message: str, remedy: str) -> None:
        super().__init__(f"{message} → {remedy}")
        self.reason_code = reason_code
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True)
class Reject:
    """A record that is there but cannot be split into its cells."""

    row_number: int
    reason_code: str


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook.

    Attributes:
        title: as delivered, composed (NFC).
        rows_before: physical rows of the sheets before it; row numbers of the file go on after them.
        filled_rows: rows that hold anything.
        table: its records; None where no column titles were found.
    """

    title: str
    rows_before: int
    filled_rows: int
    table: TextTable | None


@dataclass(frozen=True)
class TextTable:
    """One delivered table as text.

    Attributes:
        frame: `row_number` (Int64, 1-based, physical: line, sheet row, <tr>, JSON element; the header
            counts), one String column a header, `group:1`, `group:2`, … from group rows above, and of
            a workbook `sheet:title`.
            Cells are composed (NFC) and trimmed; an empty cell is null.
        headers: the frame's delivered columns in file order; a repeated one carries " (2)".
        lead_text: what stands above the header, row by row; a workbook's sheet title first.
        not_records: how many rows are no records, by what they are.
        rejects: records that could not be split; they are not in the frame.
        rows_read: records, in the frame or rejected.
        sheets: every sheet of a workbook, in order.
        unread_sheets: titles of those that are no part of this table; their rows are counted in
            `not_records` as `other_sheet`.
    """

    frame: pl.LazyFrame
    headers: tuple[str, ...]
    lead_text: str
    not_records: Mapping[str, int]
    rejects: tuple[Reject, ...]
    rows_read: int
    sheets: tuple[Sheet, ...] = ()
    unread_sheets: tuple[str, ...] = ()


class GridRow(NamedTuple):
    """One physical row of a grid, merged cells already repeated over what they cover.

    Attributes:
        number: 1-based physical position.
        cells: text as delivered, "" where empty.
        is_spanned: whether one cell covers several columns; only HTML tells.
        rows_below: how many further rows the row's tallest cell covers; only HTML tells.
        flaw: reason code when the row is known to be broken.
    """

    number: int
    cells: Sequence[str]
    is_spanned: bool = False
    rows_below: int = 0
    flaw: str | None = None


@dataclass(frozen=True)
class Block:
    """Many consecutive rows of a grid: those with a cell in every column side by side, any others apart.

    Attributes:
        frame: `row_number` and a String column for each of the table's columns, text as delivered.
        others: rows between those of the frame; numbers tell the order.
    """

    frame: pl.DataFrame
    others: Sequence[GridRow] = ()
