"""Which rows below the titles are records, and which only dress the page.

Here: the verdict on one row: blank, repeated title, column numbers, group, total, closing words.
Not here: finding the titles (`header.py`), keeping the records (`spool.py`).
Explained in docs/data-team.md, "What a reader leaves out". In doubt a row is a record: typing then
quarantines it, and nothing is lost unseen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import polars as pl

from pipelines.ingestion.readers.header import MIN_MATCHES
from pipelines.ingestion.readers.model import GridRow
from pipelines.text import BLANKS, fold, fold_expr

# Below this many columns a row with one filled cell may well be a record.
MIN_WIDTH_OF_GROUPS = 4
MIN_WIDTH_OF_SPANNED_GROUPS = 3
# Rows that only dress the page hold one text, or a mark and a text.
MAX_BARE_CELLS = 2
# A group's name stands in one of the first two columns.
GROUP_COLUMNS = 2
MIN_LETTERS = 2
# (1) (2) (3): fewer numbers, or a count that starts later, may be a record.
MIN_COLUMN_NUMBERS = 3

_TOTAL = re.compile(
    r"^(?:tổng số|tổng cộng|cộng|tổng|total|grand total|subtotal)"
    r"(?: (?:số|chung|trang|hồ sơ|số hồ sơ|toàn tỉnh|toàn xã|toàn huyện))*"
    r"(?: ?\([^()]*\))?[ :.]*[\d.,]*(?: hồ sơ)?[ .]*$"
)
_COLUMN_NUMBER = re.compile(r"^\((\d{1,3})\)(?: ?=.*)?$|^(\d{1,3})(?: ?=.*)?$")
_COLUMN_LETTER = re.compile(r"^\(?[a-h]\)?$")
_NUMBER = re.compile(r"^[-+]?[\d.,]+ ?%?$")
_MARKER = re.compile(r"^(?:[IVXL]+|[A-H])[.)]?$")
# First letters and signs of total rows and of column numbers; any other row needs no closer look.
_SUSPECT = frozenset("tTcCgGsS([1aA")
# How such rows start where they do not stand right below the titles; the judge looks closer.
_DRESS = r"(?i)^(?:t\p{M}*[oôổ]|c\p{M}*[oộ]|grand|sub|\(|a\)?$)"


class Verdict(Enum):
    """What a row is; the values are the words the ledger counts them under."""

    RECORD = "record"
    RAGGED = "ragged_row"
    BLANK = "blank"
    HEADER = "header"
    NUMBERS = "number_row"
    TOTAL = "total"
    GROUP = "group"
    SPARSE = "sparse"


@dataclass(frozen=True)
class Group:
    """A group row's words and the look that tells its level: marker style, column, width."""

    text: str
    look: tuple[str, int, bool]


def is_words(text: str) -> bool:
    """Whether a cell is words rather than a code, a number or a moment."""
    letters = sum(char.isalpha() for char in text)
    digits = sum(char.isdigit() for char in text)
    return letters >= MIN_LETTERS and letters > digits and (digits == 0 or " " in text.strip(BLANKS))


class Judge:
    """Tells records from the rest, row by row, for one table.

    Args:
        header_rows: the cells of the title rows as delivered.
        width: number of columns.
        may_close_short: whether closing words may have fewer cells than the table (HTML).
    """

    def __init__(self, header_rows: Sequence[Sequence[str]], width: int, may_close_short: bool) -> None:
        self._header_rows = {_folded(cells) for cells in header_rows}
        self._header_firsts = {cells[0] for cells in self._header_rows if cells}
        self._width = width
        self._may_close_short = may_close_short
        self._after_header = True

    @property
    def is_below_header(self) -> bool:
        """Whether the next row stands right below the titles, where more may be a row of column numbers."""
        return self._after_header

    def may_differ(self, cells: pl.Expr) -> pl.Expr:
        """Whether `verdict` may say anything but record: of too many rows perhaps, never of too few.

        Args:
            cells: every column of the table, cleaned; the rows do not stand right below the titles.
        """
        first = pl.coalesce(cells)
        is_bare = pl.sum_horizontal(cells.is_not_null()) <= MAX_BARE_CELLS
        return is_bare | first.str.contains(_DRESS) | fold_expr(first).is_in(list(self._header_firsts))

    def verdict(self, row: GridRow) -> Verdict:
        """What the row is; column numbers without brackets count only right below the titles."""
        filled = [text for cell in row.cells if (text := cell.strip(BLANKS))]
        if not filled:
            return Verdict.BLANK
        after_header, self._after_header = self._after_header, False
        dress = self._dress(row, filled, after_header)
        if dress is not None:
            self._after_header = dress is Verdict.HEADER
            return dress
        if not self.fits(row):
            closes = self._may_close_short and self._is_sparse(row, filled)
            return Verdict.SPARSE if closes else Verdict.RAGGED
        if len(filled) > MAX_BARE_CELLS and not row.is_spanned:
            return Verdict.RECORD
        return self._bare(row, filled)

    def _dress(self, row: GridRow, filled: Sequence[str], after_header: bool) -> Verdict | None:
        if filled[0][0] in _SUSPECT or after_header:
            if _are_column_numbers(filled, self._width, after_header):
                return Verdict.NUMBERS
            if _is_total(filled):
                return Verdict.TOTAL
        is_header = len(filled) >= MIN_MATCHES and self._is_header(row.cells, filled[0])
        return Verdict.HEADER if is_header else None

    def _bare(self, row: GridRow, filled: Sequence[str]) -> Verdict:
        if self.group(row) is not None:
            return Verdict.GROUP
        if self._is_sparse(row, filled):
            return Verdict.SPARSE
        return Verdict.RECORD if len(row.cells) == self._width else Verdict.RAGGED

    def fits(self, row: GridRow) -> bool:
        """Whether the row has the table's cells; one merged cell may reach short or too far."""
        is_one_text = row.is_spanned and len({cell.strip(BLANKS) for cell in row.cells} - {""}) == 1
        return len(row.cells) == self._width or is_one_text

    def leave_header(self) -> None:
        """The next row no longer stands right below the titles."""
        self._after_header = False

    def group(self, row: GridRow) -> Group | None:
        """The group a row opens, if it looks like one."""
        places = [i for i, cell in enumerate(row.cells) if cell.strip(BLANKS)]
        texts = list(dict.fromkeys(row.cells[i].strip(BLANKS) for i in places))
        least = MIN_WIDTH_OF_SPANNED_GROUPS if row.is_spanned else MIN_WIDTH_OF_GROUPS
        if self._width < least or not texts or places[0] >= GROUP_COLUMNS:
            return None
        if len(texts) == 1 and (row.is_spanned or len(places) == 1) and is_words(texts[0]):
            return Group(texts[0], ("", places[0], row.is_spanned))
        is_marked = len(texts) == MAX_BARE_CELLS and places[0] == 0 and places[1] == 1
        if is_marked and (row.is_spanned or len(places) == MAX_BARE_CELLS) and _MARKER.match(texts[0]):
            style = "letter" if texts[0].rstrip(".)") in "ABCDEFGH" else "roman"
            return Group(texts[1], (style, 0, row.is_spanned)) if is_words(texts[1]) else None
        return None

    def _is_header(self, cells: Sequence[str], first: str) -> bool:
        return fold(first) in self._header_firsts and _folded(cells) in self._header_rows

    def _is_sparse(self, row: GridRow, filled: Sequence[str]) -> bool:
        """At most two different cells of words in a wide row: closing words, if no record follows."""
        if self._width < MIN_WIDTH_OF_GROUPS or len(set(filled)) > MAX_BARE_CELLS:
            return False
        is_narrow = row.is_spanned or len(filled) * 2 <= self._width
        return is_narrow and all(is_words(text) for text in filled)


def _folded(cells: Sequence[str]) -> tuple[str, ...]:
    folded = [fold(cell) for cell in cells]
    while folded and not folded[-1]:
        folded.pop()
    while folded and not folded[0]:
        folded.pop(0)
    return tuple(folded)


def _is_total(filled: Sequence[str]) -> bool:
    rest = [text for text in filled if text != filled[0]]
    return all(_NUMBER.match(text) for text in rest) and _TOTAL.match(fold(filled[0])) is not None


def _are_column_numbers(filled: Sequence[str], width: int, after_header: bool) -> bool:
    """(1) (2) (3) … or, right below the titles, 1 2 3 … possibly after A B; at least half the columns."""
    found = []
    for text in filled:
        match = _COLUMN_NUMBER.match(text)
        if match is not None:
            found.append(match)
        elif not _COLUMN_LETTER.match(text.lower()):
            return False
    if len(found) < MIN_COLUMN_NUMBERS or len(filled) * 2 < width:
        return False
    in_brackets = all(match.group(1) for match in found)
    values = [int(match.group(1) or match.group(2)) for match in found]
    is_counting = (
        values == list(range(values[0], values[0] + len(values))) and values[0] <= MIN_COLUMN_NUMBERS
    )
    return is_counting and (in_brackets or after_header)
