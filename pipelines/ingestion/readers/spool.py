"""Records on their way to a frame: written to Parquet in chunks, so that memory stays bounded.

Here: chunks of text rows on disk and the lazy frame over them; the assembly of a grid into a table.
Not here: formats (one module each), the verdict on a row (`records.py`).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import chain, islice
from pathlib import Path

import polars as pl

from pipelines.ingestion.readers.header import SEARCH_ROWS, find_header, spelled
from pipelines.ingestion.readers.model import GROUP_PREFIX, OUTSIDE, ROW_NUMBER, GridRow, Reject, TextTable
from pipelines.ingestion.readers.records import MAX_BARE_CELLS, Judge, Verdict
from pipelines.text import BLANKS, nfc_expr

CHUNK_ROWS = 50_000
REPLACEMENT = "\ufffd"


def clean_cells(columns: pl.Expr, compose: bool = True) -> pl.Expr:
    """Cells composed and trimmed; an empty one is null."""
    text = (nfc_expr(columns) if compose else columns).str.strip_chars(BLANKS)
    return pl.when(text.str.len_bytes() > 0).then(text)


class Spool:
    """Text rows written to Parquet files in `work`, at most `CHUNK_ROWS` in memory.

    Args:
        work: folder for the files; the caller deletes it.
        name: start of the files' names, unique in `work`.
    """

    def __init__(self, work: Path, name: str) -> None:
        self._work = work
        self._name = name
        self._files: list[Path] = []
        self._numbers: list[int] = []
        self._rows: list[Sequence[str | None]] = []
        self._columns: tuple[str, ...] = ()
        self.rows = 0

    def add(self, number: int, columns: tuple[str, ...], cells: Sequence[str | None]) -> None:
        """Keep one row; a change of columns starts a new file."""
        if columns != self._columns:
            self._flush()
            self._columns = columns
        self._numbers.append(number)
        self._rows.append(cells)
        self.rows += 1
        if len(self._rows) >= CHUNK_ROWS:
            self._flush()

    def frame(self, columns: Sequence[str]) -> pl.LazyFrame:
        """All rows in the order they were added: `row_number` and these columns, null where absent."""
        self._flush()
        schema = {ROW_NUMBER: pl.Int64(), **dict.fromkeys(columns, pl.String())}
        empty = pl.LazyFrame(schema=schema)
        scans = [pl.scan_parquet(file) for file in self._files]
        return pl.concat([empty, *scans], how="diagonal").select(*schema) if scans else empty

    def _flush(self) -> None:
        if self._rows:
            cells = zip(*self._rows, strict=True)
            data = {
                name: pl.Series(name, column, pl.String)
                for name, column in zip(self._columns, cells, strict=True)
            }
            frame = pl.DataFrame({ROW_NUMBER: pl.Series(self._numbers, dtype=pl.Int64), **data})
            file = self._work / f"{self._name}-{len(self._files):05d}.parquet"
            frame.with_columns(clean_cells(pl.col(pl.String))).write_parquet(file, compression="lz4")
            self._files.append(file)
        self._numbers, self._rows = [], []


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
        if row.flaw or any(REPLACEMENT in cell for cell in row.cells):
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
    leads = [row for row in above if not stands_for_a_record(row, width)]
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
