"""Puts a grid's rows in their place: records to the spool, rejects listed, the rest counted.

Here: group rows carried down, closing words told from sparse records, the text above the titles.
Not here: the verdict on one row (`records.py`), formats (one module each).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest

import polars as pl

from pipelines.ingestion.readers.header import Header, spelled
from pipelines.ingestion.readers.model import (
    GROUP_PREFIX,
    OUTSIDE,
    ROW_NUMBER,
    Block,
    GridRow,
    Reject,
    TextTable,
)
from pipelines.ingestion.readers.records import MAX_BARE_CELLS, Judge, Verdict
from pipelines.ingestion.readers.spool import BLOCK_ROWS, REPLACEMENT, Spool, cleaned, holds_replacement
from pipelines.text import BLANKS, nfc


class Assembly:
    """Turns the rows below a header into records, rejects and counted rest.

    Args:
        spool: where records go.
        labels: the table's columns.
        judge: tells records from the rest.
    """

    def __init__(self, spool: Spool, labels: tuple[str, ...], judge: Judge) -> None:
        self.not_records: Counter[str] = Counter()
        self.rejects: list[Reject] = []
        self._spool = spool
        self._labels = labels
        self._judge = judge
        self._columns = labels
        self._groups: list[str | None] = []
        self._looks: list[tuple[str, int, bool]] = []
        self._pending: list[GridRow] = []

    @property
    def records(self) -> int:
        """How many records were kept so far."""
        return self._spool.rows

    def frame(self) -> pl.LazyFrame:
        """The records kept so far, with their groups."""
        return self._spool.frame((*self._labels, *self.group_columns))

    @property
    def group_columns(self) -> tuple[str, ...]:
        """`group:1` to the deepest level seen."""
        return tuple(f"{GROUP_PREFIX}{level}" for level in range(1, len(self._looks) + 1))

    def take(self, row: GridRow) -> None:
        """Judge the next row of the table."""
        self._take(row)
        self._spool.relieve()

    def _take(self, row: GridRow) -> None:
        if row.number == OUTSIDE:
            return
        if row.flaw or REPLACEMENT in "".join(row.cells):
            self._settle_pending()
            self.rejects.append(Reject(row.number, row.flaw or "bad_encoding"))
            return
        verdict = self._judge.verdict(row)
        if verdict in (Verdict.GROUP, Verdict.SPARSE):
            self._pending.append(row)
        elif verdict is Verdict.RECORD:
            self._settle_pending()
            self._keep(row)
        elif verdict is Verdict.RAGGED:
            self._settle_pending()
            self.rejects.append(Reject(row.number, verdict.value))
        else:
            self.not_records[verdict.value] += 1

    def take_block(self, block: Block) -> None:
        """The same as taking each of its rows; only those that may be odd are judged one by one."""
        delivered = block.frame.rename(dict(zip(block.frame.columns[1:], self._labels, strict=True)))
        clean = cleaned(delivered)
        cells = pl.col(self._labels)
        is_odd = clean.select(holds_replacement(cells) | self._judge.may_differ(cells)).to_series()
        odd = sorted([*grid_rows(delivered.filter(is_odd)), *block.others], key=lambda row: row.number)
        plain = _Plain(clean.filter(~is_odd))
        for row, place in zip(odd, plain.places([row.number for row in odd]), strict=True):
            self._keep_until(place, plain)
            self._take(row)
        self._keep_until(plain.frame.height, plain)
        self._spool.add_frame(plain.kept(self.group_columns))

    def _keep_until(self, place: int, plain: _Plain) -> None:
        """Plain rows are records, though right below the titles one may be a row of column numbers."""
        if plain.place < place and self._judge.is_below_header:
            self._take(plain.pop())
        if plain.place < place:
            self._settle_pending()
            plain.keep_until(place, self._groups)

    def record_follows(self) -> None:
        """Records that were kept elsewhere come between the last row and the next."""
        self._judge.leave_header()
        self._settle_pending()

    def finish(self) -> None:
        """Rows of words that no record follows are closing words."""
        if self._pending:
            self.not_records["signature"] += len(self._pending)
        self._pending = []

    def _settle_pending(self) -> None:
        """A record follows: what was held back opens a group or is a record with few cells."""
        for row in self._pending:
            fits = self._judge.fits(row)
            group = self._judge.group(row) if fits else None
            if group is not None:
                self._open(group.look, group.text)
                self.not_records[Verdict.GROUP.value] += 1
            elif fits and len(row.cells) == len(self._labels):
                self._keep(row)
            else:
                self.rejects.append(Reject(row.number, Verdict.RAGGED.value))
        self._pending = []

    def _open(self, look: tuple[str, int, bool], text: str) -> None:
        """A look seen before replaces its level and clears deeper ones; a new look is one deeper."""
        if look not in self._looks:
            self._looks.append(look)
            self._groups.append(None)
            self._columns = (*self._labels, *self.group_columns)
        level = self._looks.index(look)
        self._groups[level] = nfc(text)
        self._groups[level + 1 :] = [None] * (len(self._groups) - level - 1)

    def _keep(self, row: GridRow) -> None:
        self._spool.add(row.number, self._columns, [*row.cells, *self._groups])


class _Plain:
    """The plain rows of a block, kept span by span with the groups that hold for each.

    Args:
        frame: the rows, cleaned.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self.place = 0
        self._popped: list[int] = []
        self._spans: list[tuple[int, tuple[str | None, ...]]] = []

    def places(self, numbers: list[int]) -> list[int]:
        """How many of the rows stand before each of these numbers."""
        places: list[int] = self.frame[ROW_NUMBER].search_sorted(pl.Series(numbers, dtype=pl.Int64)).to_list()
        return places

    def pop(self) -> GridRow:
        """The next row, to be judged by itself."""
        self._popped.append(self.place)
        self.place += 1
        return next(grid_rows(self.frame.slice(self.place - 1, 1)))

    def keep_until(self, place: int, groups: Sequence[str | None]) -> None:
        """The rows up to this place are records of these groups."""
        self._spans.append((place - self.place, tuple(groups)))
        self.place = place

    def kept(self, group_columns: Sequence[str]) -> pl.DataFrame:
        """The records, with their groups; a level first seen later is null."""
        is_popped = pl.int_range(pl.len()).is_in(self._popped)
        rows = self.frame.filter(~is_popped) if self._popped else self.frame
        texts: dict[str, list[str | None]] = {name: [] for name in group_columns}
        for length, groups in self._spans:
            for name, text in zip_longest(group_columns, groups):
                texts[name] += [text] * length
        return rows.with_columns(pl.Series(name, column, pl.String) for name, column in texts.items())


def assemble(
    first: Sequence[GridRow],
    header: Header,
    more: Iterable[Block],
    spool: Spool,
    *,
    may_close_short: bool = False,
) -> TextTable:
    """Read a grid whose titles are found: keep its records, count the rest.

    Args:
        first: the first physical rows, in order.
        header: where the titles stand among them.
        more: every further row, in order.
        spool: where records are kept.
        may_close_short: whether closing words may have fewer cells than the table has columns.
    """
    width = len(header.labels)
    titles = first[header.start : header.end]
    judge = Judge([row.cells for row in titles], width, may_close_short)
    assembly = Assembly(spool, header.labels, judge)
    above = first[: header.start]
    leads = [row for row in above if not row.flaw and not stands_for_a_record(row, width)]
    for row in chain((r for r in above if r not in leads), first[header.end :]):
        assembly.take(row)
    for block in more:
        assembly.take_block(block)
    assembly.finish()
    not_records = assembly.not_records + Counter(
        header=len(titles),
        title=sum(any(c.strip(BLANKS) for c in row.cells) for row in leads),
        blank=sum(not any(c.strip(BLANKS) for c in row.cells) for row in leads),
    )
    return TextTable(
        frame=assembly.frame(),
        headers=header.labels,
        lead_text=lead_text(leads),
        not_records=dict(not_records),
        rejects=tuple(assembly.rejects),
        rows_read=spool.rows + len(assembly.rejects),
    )


def in_blocks(rows: Iterable[GridRow], width: int) -> Iterator[Block]:
    """Rows of a grid that come one by one, gathered; those that are not plain cells of this width apart."""
    remaining = iter(rows)
    while gathered := list(islice(remaining, BLOCK_ROWS)):
        plain = [row for row in gathered if len(row.cells) == width and not row.is_spanned and not row.flaw]
        others = [row for row in gathered if len(row.cells) != width or row.is_spanned or row.flaw]
        columns = zip(*(row.cells for row in plain), strict=True) if plain else [()] * width
        numbers = pl.Series(ROW_NUMBER, [row.number for row in plain], pl.Int64)
        cells = [pl.Series(str(place), texts, pl.String) for place, texts in enumerate(columns)]
        yield Block(pl.DataFrame([numbers, *cells]), others)


def grid_rows(rows: pl.DataFrame) -> Iterator[GridRow]:
    """A block's rows one by one."""
    for number, *cells in rows.with_columns(pl.col(pl.String).fill_null("")).iter_rows():
        yield GridRow(number, cells)


def stands_for_a_record(row: GridRow, width: int) -> bool:
    """Whether a row above the titles is too full for a title; it is then read as a record."""
    distinct = {cell.strip(BLANKS) for cell in row.cells} - {""}
    return len(distinct) > MAX_BARE_CELLS and len(distinct) * 2 >= width


def lead_text(rows: Iterable[GridRow]) -> str:
    """What stands above the titles, a line a row; merged cells once."""
    lines = (
        " ".join(dict.fromkeys(spelled(cell) for cell in row.cells if cell.strip(BLANKS))) for row in rows
    )
    return "\n".join(line for line in lines if line)
