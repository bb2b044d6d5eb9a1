"""Puts a grid's rows in their place: records to the spool, rejects listed, the rest counted.

Here: group rows carried down, closing words told from sparse records, the text above the titles.
Not here: the verdict on one row (`records.py`), formats (one module each).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import chain, islice

import polars as pl

from pipelines.ingestion.readers.header import SEARCH_ROWS, find_header, spelled
from pipelines.ingestion.readers.model import GROUP_PREFIX, OUTSIDE, GridRow, Reject, TextTable
from pipelines.ingestion.readers.records import MAX_BARE_CELLS, Judge, Verdict
from pipelines.ingestion.readers.spool import REPLACEMENT, Spool
from pipelines.text import BLANKS


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
        self._groups[level] = text
        self._groups[level + 1 :] = [None] * (len(self._groups) - level - 1)

    def _keep(self, row: GridRow) -> None:
        self._spool.add(row.number, self._columns, [*row.cells, *self._groups])


def assemble(
    rows: Iterable[GridRow],
    known: Collection[str],
    spool: Spool,
    *,
    title: str = "",
    may_close_short: bool = False,
) -> TextTable:
    """Read a grid: find its titles, keep its records, count the rest.

    Args:
        rows: every physical row, in order.
        known: folded titles of every source that could have written the file.
        spool: where records are kept.
        title: the sheet's name, first line of the lead text.
        may_close_short: whether closing words may have fewer cells than the table has columns.

    Raises:
        UnreadableFile: header_not_found.
    """
    remaining = iter(rows)
    first = list(islice(remaining, SEARCH_ROWS))
    header = find_header(first, known)
    width = len(header.labels)
    block = first[header.start : header.end]
    judge = Judge([row.cells for row in block], width, may_close_short)
    assembly = Assembly(spool, header.labels, judge)
    above = first[: header.start]
    leads = [row for row in above if not row.flaw and not stands_for_a_record(row, width)]
    for row in chain((r for r in above if r not in leads), first[header.end :], remaining):
        assembly.take(row)
    assembly.finish()
    not_records = assembly.not_records + Counter(
        header=len(block),
        title=sum(any(c.strip(BLANKS) for c in row.cells) for row in leads),
        blank=sum(not any(c.strip(BLANKS) for c in row.cells) for row in leads),
    )
    return TextTable(
        frame=assembly.frame(),
        headers=header.labels,
        lead_text=lead_text(leads, title),
        not_records=dict(not_records),
        rejects=tuple(assembly.rejects),
        rows_read=spool.rows + len(assembly.rejects),
    )


def stands_for_a_record(row: GridRow, width: int) -> bool:
    """Whether a row above the titles is too full for a title; it is then read as a record."""
    distinct = {cell.strip(BLANKS) for cell in row.cells} - {""}
    return len(distinct) > MAX_BARE_CELLS and len(distinct) * 2 >= width


def lead_text(rows: Iterable[GridRow], title: str = "") -> str:
    """What stands above the titles, a line a row; merged cells once."""
    lines = [
        " ".join(dict.fromkeys(spelled(cell) for cell in row.cells if cell.strip(BLANKS))) for row in rows
    ]
    return "\n".join(line for line in (title, *lines) if line)
