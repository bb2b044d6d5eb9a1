"""Reads HTML tables, the usual content of a Vietnamese portal's ".xls".

Here: rows of the tables of a page, streamed; colspan and rowspan written out.
Not here: real workbooks (`workbook.py`); titles and records (`header.py`, `records.py`).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from lxml import etree

from pipelines.ingestion.readers.assembly import assemble
from pipelines.ingestion.readers.model import OUTSIDE, GridRow, TextTable, UnreadableFile
from pipelines.ingestion.readers.spool import Spool
from pipelines.ingestion.readers.unwrap import decoded_chunks
from pipelines.text import squeeze

# A spreadsheet has 16,384 columns; more in a colspan is a slip or an attack.
MAX_SPAN = 16_384
MAX_SPAN_DIGITS = 8
FEED_CHARS = 1 << 16
_BREAKS = frozenset({"br", "p", "div", "li"})
_SILENT = frozenset({"script", "style", "title"})


@dataclass(slots=True)
class _Cell:
    columns: int = 1
    rows: int = 1
    parts: list[str] = field(default_factory=list)


@dataclass
class _OpenTable:
    """A table being read: its open row, and the cells from above that still reach down."""

    row: list[_Cell] | None = None
    number: int = 0
    cell: _Cell | None = None
    below: dict[int, tuple[str, int]] = field(default_factory=dict)
    holds_table: bool = False


class _Target:
    """Receives the parser's events; completed rows gather in `rows`.

    A row that itself holds a table is layout and counts as no row; text outside tables becomes a row
    of one cell without a number of its own, so that titles above a table are seen.
    """

    def __init__(self) -> None:
        self.rows: list[GridRow] = []
        self.table_count = 0
        self._tables: list[_OpenTable] = []
        self._outside: list[str] = []
        self._row_count = 0
        self._silent = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            self._open_table()
        elif tag == "tr" and self._tables:
            self._open_row(self._tables[-1])
        elif tag in ("td", "th") and self._tables:
            self._open_cell(self._tables[-1], attributes)
        elif tag in _BREAKS:
            self.data(" ")

    def end(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "table" and self._tables:
            self._close_row(self._tables[-1])
            self._tables.pop()
        elif tag == "tr" and self._tables:
            self._close_row(self._tables[-1])
        elif tag in ("td", "th") and self._tables:
            self._tables[-1].cell = None
        elif tag in _BREAKS:
            self.data(" ")

    def data(self, text: str) -> None:
        if self._silent:
            return
        if not self._tables:
            self._outside.append(text)
        elif (cell := self._tables[-1].cell) is not None:
            cell.parts.append(text)

    def close(self) -> None:
        while self._tables:
            self._close_row(self._tables.pop())
        self._flush_outside()

    def _open_table(self) -> None:
        self._flush_outside()
        for outer in self._tables:
            outer.holds_table = True
        self._tables.append(_OpenTable())
        self.table_count += 1

    def _open_row(self, table: _OpenTable) -> None:
        self._close_row(table)
        self._row_count += 1
        table.row, table.number, table.cell, table.holds_table = [], self._row_count, None, False

    def _open_cell(self, table: _OpenTable, attributes: dict[str, str]) -> None:
        if table.row is None:
            self._open_row(table)
        table.cell = _Cell()
        if attributes:
            table.cell.columns = _span(attributes.get("colspan"))
            table.cell.rows = _span(attributes.get("rowspan"))
        if table.row is not None:
            table.row.append(table.cell)

    def _close_row(self, table: _OpenTable) -> None:
        if table.row is None:
            return
        if not table.holds_table:
            self.rows.append(_written_out(table))
        table.row, table.cell = None, None

    def _flush_outside(self) -> None:
        text = _squeezed(self._outside)
        self._outside = []
        if text:
            self.rows.append(GridRow(OUTSIDE, [text]))


def _span(value: str | None) -> int:
    digits = (value or "").strip()
    is_sane = digits.isdecimal() and len(digits) <= MAX_SPAN_DIGITS
    return min(max(int(digits), 1), MAX_SPAN) if is_sane else 1


def _squeezed(parts: list[str]) -> str:
    if not parts:
        return ""
    return squeeze(parts[0] if len(parts) == 1 else "".join(parts))


def _written_out(table: _OpenTable) -> GridRow:
    """The row with merged cells repeated, from the left and from above."""
    own = table.row or []
    if not table.below and all(cell.columns == 1 == cell.rows for cell in own):
        return GridRow(table.number, [_squeezed(cell.parts) for cell in own])
    cells: list[str] = []
    below: dict[int, tuple[str, int]] = {}

    def place(text: str, rows: int) -> None:
        if rows > 1:
            below[len(cells)] = (text, rows - 1)
        cells.append(text)

    def from_above() -> None:
        while (reaching := table.below.get(len(cells))) is not None:
            place(reaching[0], reaching[1])

    for cell in own:
        from_above()
        text = _squeezed(cell.parts)
        for _ in range(cell.columns):
            place(text, cell.rows)
    from_above()
    table.below = below
    reach = max((rows for _, rows in below.values()), default=0)
    return GridRow(table.number, cells, any(cell.columns > 1 for cell in own), reach)


def read_html(path: Path, encoding: str, known: Collection[str], work: Path) -> TextTable:
    """The records of the page's tables.

    Raises:
        UnreadableFile: not_a_table, header_not_found.
    """
    return assemble(_Rows(path, encoding), known, Spool(work, "html"), may_close_short=True)


class _Rows:
    """Rows of every table of the page, in order; the last one is flawed if the page ends inside it."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._path = path
        self._encoding = encoding

    def __iter__(self) -> Iterator[GridRow]:
        target = _Target()
        # the stubs ask for a method that lxml itself does not
        receiver = cast("etree.ParserTarget", target)
        parser = etree.HTMLParser(target=receiver, huge_tree=True, encoding="utf-8")
        tail = ""
        last: GridRow | None = None
        for text in self._texts():
            tail = (tail + text)[-FEED_CHARS:]
            parser.feed(text.encode("utf-8"))
            for row in self._completed(target):
                if last is not None:
                    yield last
                last = row
        _close(parser, target)
        for row in self._completed(target):
            if last is not None:
                yield last
            last = row
        if target.table_count == 0:
            raise UnreadableFile(
                "not_a_table",
                "the file is a web page without a table, probably an error or log-in page",
                "log in to the portal and export again",
            )
        if last is not None:
            is_cut = _ends_inside_a_row(tail) and last.number != OUTSIDE
            yield GridRow(last.number, last.cells, flaw="ragged_row") if is_cut else last

    def _texts(self) -> Iterator[str]:
        for chunk in decoded_chunks(self._path, self._encoding):
            # libxml2 takes a NUL for the end of the document
            whole = chunk.replace("\x00", "\ufffd")
            for start in range(0, len(whole), FEED_CHARS):
                yield whole[start : start + FEED_CHARS]

    @staticmethod
    def _completed(target: _Target) -> list[GridRow]:
        rows, target.rows = target.rows, []
        return rows


def _close(parser: etree.HTMLParser, target: _Target) -> None:
    try:
        parser.close()
    except etree.LxmlError:
        target.close()


def _ends_inside_a_row(tail: str) -> bool:
    """Whether the last row that opens does not close, in a page that closes its rows."""
    lower = tail.lower()
    closes = lower.rfind("</tr")
    return closes >= 0 and lower.rfind("<tr") > closes
