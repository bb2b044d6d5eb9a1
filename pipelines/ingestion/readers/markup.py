"""Rows of tables out of a parser's events; colspan and rowspan written out.

Here: what opens and closes a table, a row, a cell; which row is a row.
Not here: the parser itself and what it is fed (`html.py`).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.ingestion.readers.model import OUTSIDE, GridRow
from pipelines.text import squeeze

# A spreadsheet has 16,384 columns; more in a colspan is a slip or an attack.
MAX_SPAN = 16_384
MAX_SPAN_DIGITS = 8
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


class Target:
    """Receives the parser's events.

    A row that itself holds a table is layout and counts as no row; text outside tables becomes a row
    of one cell without a number of its own, so that titles above a table are seen.

    Attributes:
        table_count: tables opened so far.
        has_ended_row: whether a row ended and no element started since this was last set false.
    """

    def __init__(self) -> None:
        self.table_count = 0
        self.has_ended_row = False
        self._rows: list[GridRow] = []
        self._tables: list[_OpenTable] = []
        self._outside: list[str] = []
        self._row_count = 0
        self._silent = 0

    @property
    def is_between_rows(self) -> bool:
        """Whether a row has ended, stands in a table that goes on, and no cell of it reaches down."""
        table = self._tables[-1] if self._tables else None
        is_open = table is not None and table.row is None and not table.below
        return self.has_ended_row and is_open and not self._silent

    def completed(self) -> list[GridRow]:
        """The rows completed since this was last asked."""
        rows, self._rows = self._rows, []
        return rows

    def next_row(self, cells: Sequence[str]) -> GridRow:
        """A row that comes next and was read without the parser."""
        self._row_count += 1
        return GridRow(self._row_count, cells)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        self.has_ended_row = False
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
        """An element closes."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "table" and self._tables:
            self._close_row(self._tables[-1])
            self._tables.pop()
        elif tag == "tr" and self._tables:
            self._close_row(self._tables[-1])
            self.has_ended_row = True
        elif tag in ("td", "th") and self._tables:
            self._tables[-1].cell = None
        elif tag in _BREAKS:
            self.data(" ")

    def data(self, text: str) -> None:
        """Text, perhaps a part of one."""
        if self._silent:
            return
        if not self._tables:
            self._outside.append(text)
        elif (cell := self._tables[-1].cell) is not None:
            cell.parts.append(text)

    def close(self) -> None:
        """The page ends."""
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
            self._rows.append(_written_out(table))
        table.row, table.cell = None, None

    def _flush_outside(self) -> None:
        text = _squeezed(self._outside)
        self._outside = []
        if text:
            self._rows.append(GridRow(OUTSIDE, [text]))


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
