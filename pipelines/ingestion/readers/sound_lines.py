"""The quick way through delimited text: sound lines by vectorised scan, odd lines by hand.

Here: telling sound lines from odd ones in one streamed pass, reading both, joining them.
Not here: the careful way over a whole file (`delimited.py`).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.ingestion.readers.assembly import Assembly, lead_text
from pipelines.ingestion.readers.header import Header
from pipelines.ingestion.readers.model import ROW_NUMBER, GridRow, TextTable
from pipelines.ingestion.readers.quoting import MAX_LINES_OF_A_CELL, NumberedLine, records, split
from pipelines.ingestion.readers.records import MAX_BARE_CELLS, MIN_WIDTH_OF_GROUPS, Judge
from pipelines.ingestion.readers.spool import REPLACEMENT, Spool, clean_cells
from pipelines.ingestion.readers.suspects import Net
from pipelines.text import BLANKS

LINE = "line"
# Above these the careful way over the whole file costs less than sorting the lines out.
MAX_ODD_LINES = 200_000
MAX_OPEN_LINES = 2_000
MAX_ODD_SHARE = 0.3
# Words and numbers a total row or a row of column numbers may start with; the judge looks closer.
_DRESS = (
    r'(?i)^[\s"{d}]*(?:t\p{{M}}*[oôổ]|c\p{{M}}*[oộ]|grand|sub'
    r'|[\[(]?(?:1[\])"\s]*{d}["\s]*[\[(]?2|A[\])"\s]*{d}["\s]*[\[(]?[B1]))'
)
# Suspects looked at together.
SUSPECTS = 50_000
# Stands for what is quoted while delimiters are counted.
_HIDDEN = "\x01"


def read(text: Path, delimiter: str, header: Header, rows: Sequence[GridRow], work: Path) -> TextTable | None:
    """The table, or None when the careful way must be taken.

    Args:
        text: UTF-8, one line of titles, only titles above it.
        delimiter: the sign between cells.
        header: where the titles stand among `rows`.
        rows: the first rows, each of one line.
        work: folder for spooled rows.
    """
    width = len(header.labels)
    try:
        found = _sorted_out(text, header.end, delimiter, width, rows[header.end - 1])
    except UnicodeDecodeError:
        return None  # bytes that are not UTF-8: the careful way rejects their rows one by one
    if found is None:
        return None
    odd, total = found.odd, found.lines
    if odd.height > max(total * MAX_ODD_SHARE, 100):
        return None
    lines = _lines(text, header.end)
    judge = Judge([rows[header.end - 1].cells], width, may_close_short=False)
    assembly = Assembly(Spool(work, "odd"), header.labels, judge)
    reader = _OddLines(lines, delimiter, width, odd)
    if not reader.is_within_reach:
        return None
    reader.read_into(assembly, header.end, header.end + total)
    if assembly.group_columns:
        return None
    if reader.is_harmless:
        sound = _as_delivered(text, delimiter, header, reader.taken)
    else:
        sound = _copied(lines, reader.taken, delimiter, header.labels, work / "sound.csv")
    clean = clean_cells(pl.col(header.labels), compose=found.has_marks, blanks=found.blanks)
    frame = sound.with_columns(clean)
    leads = rows[: header.end - 1]
    titles = sum(any(cell.strip(BLANKS) for cell in row.cells) for row in leads)
    above = Counter(header=1, title=titles, blank=len(leads) - titles)
    return TextTable(
        frame=pl.concat([frame, assembly.frame()]) if assembly.records else frame,
        headers=header.labels,
        lead_text=lead_text(leads),
        not_records=dict(assembly.not_records + above),
        rejects=tuple(assembly.rejects),
        rows_read=total - len(reader.taken) + assembly.records + len(assembly.rejects),
    )


def _lines(text: Path, after: int) -> pl.LazyFrame:
    line = pl.col(LINE).str.strip_suffix("\r")
    scan = pl.scan_lines(text, name=LINE, row_index_name=ROW_NUMBER, row_index_offset=1)
    return scan.select(pl.col(ROW_NUMBER).cast(pl.Int64), line).filter(pl.col(ROW_NUMBER) > after)


@dataclass(frozen=True)
class _Found:
    """The odd lines, how many lines there are, and what the cells of all of them may hold."""

    odd: pl.DataFrame
    lines: int
    has_marks: bool
    blanks: str


def _sorted_out(text: Path, after: int, delimiter: str, width: int, header: GridRow) -> _Found | None:
    """What the lines below the titles are; None when too many are odd."""
    line = pl.col(LINE)
    is_odd = (
        ~_is_whole(line, delimiter, width)
        | line.str.contains(REPLACEMENT, literal=True)
        | line.str.contains(_DRESS.format(d=re.escape(delimiter)))
        | _starts_like(line, header.cells[:2], delimiter)
        | _is_bare(line, delimiter, width)
    )
    net = Net(delimiter, width, _bare_run(width), header.cells[0])
    odd = [pl.DataFrame(schema={ROW_NUMBER: pl.Int64(), LINE: pl.String()})]
    suspects: list[tuple[int, bytes]] = []
    lines, has_marks, blanks = 0, False, ""

    def look() -> None:
        frame = pl.DataFrame(suspects, schema={ROW_NUMBER: pl.Int64(), LINE: pl.Binary()}, orient="row")
        odd.append(frame.with_columns(line.cast(pl.String)).filter(is_odd))
        suspects.clear()

    for block in net.over(text, after):
        suspects += [(after + lines + place + 1, content) for place, content in block.suspects]
        lines += block.lines
        has_marks |= block.has_marks
        blanks = max(blanks, block.blanks, key=len)
        if len(suspects) >= SUSPECTS:
            look()
            if sum(part.height for part in odd) > MAX_ODD_LINES:
                return None
    look()
    found = _Found(pl.concat(odd), lines, has_marks, blanks)
    return found if found.odd.height <= MAX_ODD_LINES else None


def _is_whole(line: pl.Expr, delimiter: str, width: int) -> pl.Expr:
    """Exactly the table's number of cells, each quoted as a whole or not at all."""
    is_quoted = line.str.contains('"', literal=True)
    hidden = _only(is_quoted, line).str.replace_all('"[^"]*"', _HIDDEN)
    sign = re.escape(delimiter)
    misplaced = hidden.str.contains(f'[^{sign}{_HIDDEN}]{_HIDDEN}|{_HIDDEN}[^{sign}{_HIDDEN}]|"')
    cells = pl.when(is_quoted).then(hidden).otherwise(line).str.count_matches(delimiter, literal=True) + 1
    return (cells == width) & ~misplaced.fill_null(value=False)


def _starts_like(line: pl.Expr, titles: Sequence[str], delimiter: str) -> pl.Expr:
    """Whether a line may repeat the titles."""
    plain = delimiter.join(titles)
    quoted = delimiter.join(f'"{title}"' for title in titles)
    return line.str.starts_with(plain) | line.str.starts_with(quoted)


def _is_bare(line: pl.Expr, delimiter: str, width: int) -> pl.Expr:
    """At most two filled cells in a wide row; the run of delimiters is what such a row must have."""
    sign = re.escape(delimiter)
    if width < MIN_WIDTH_OF_GROUPS:
        return ~line.str.contains(rf'[^\s{sign}"]')
    suspect = _only(line.str.contains(delimiter * _bare_run(width), literal=True), line)
    filled = suspect.str.count_matches(rf'(?:^|{sign})[\s"]*[^{sign}"\s]')
    return (filled <= MAX_BARE_CELLS).fill_null(value=False)


def _bare_run(width: int) -> int:
    """How many delimiters stand side by side in a wide row of at most two filled cells; 0 in a narrow one."""
    return 0 if width < MIN_WIDTH_OF_GROUPS else max(2, -(-(width - MAX_BARE_CELLS) // (MAX_BARE_CELLS + 1)))


def _only(condition: pl.Expr, line: pl.Expr) -> pl.Expr:
    """The lines of a condition, null elsewhere: a dear look at few of many costs little."""
    return pl.when(condition).then(line)


class _OddLines:
    """The lines that need a closer look, with the lines after each that may belong to it.

    Attributes:
        taken: numbers of lines that are not read as sound lines.
        is_within_reach: false when so many quotes are open that the careful way is quicker.
    """

    def __init__(self, lines: pl.LazyFrame, delimiter: str, width: int, odd: pl.DataFrame) -> None:
        self._delimiter = delimiter
        self._width = width
        self._odd = dict(zip(odd[ROW_NUMBER].to_list(), odd[LINE].to_list(), strict=True))
        opened = [n for n, text in self._odd.items() if split(text, delimiter).is_open]
        self.is_within_reach = len(opened) <= MAX_OPEN_LINES
        self._near = self._neighbours(lines, opened) if opened and self.is_within_reach else {}
        self.taken: set[int] = set()

    @property
    def is_harmless(self) -> bool:
        """Whether the lines taken, read as cells together with the sound ones, leave those as they are."""
        lines = [self._odd.get(number) for number in self.taken]
        return all(
            line and '"' not in line and "\r" not in line and line.count(self._delimiter) < self._width
            for line in lines
        )

    def read_into(self, assembly: Assembly, header_line: int, last_line: int) -> None:
        """Judge the odd rows in order; sound lines between two of them are records."""
        before = header_line
        for number in sorted(self._odd):
            if number in self.taken:
                continue
            if number > before + 1:
                assembly.record_follows()
            row, used = self._row(number)
            self.taken.update(range(number, number + used))
            before = number + used - 1
            assembly.take(row)
        if before < last_line:
            assembly.record_follows()
        assembly.finish()

    def _row(self, number: int) -> tuple[GridRow, int]:
        following = list(self._following(number))
        rows = records(following, self._delimiter, self._width)
        row, after = next(rows), next(rows, None)
        return row, (after.number - number if after else len(following))

    def _following(self, number: int) -> Iterator[NumberedLine]:
        yield number, self._odd[number]
        if split(self._odd[number], self._delimiter).is_open:
            after = number + 1
            while (text := self._near.get(after)) is not None and after <= number + MAX_LINES_OF_A_CELL:
                yield after, text
                after += 1

    @staticmethod
    def _neighbours(lines: pl.LazyFrame, opened: Iterable[int]) -> dict[int, str]:
        wanted = sorted({n + k for n in opened for k in range(1, MAX_LINES_OF_A_CELL + 1)})
        numbers = pl.LazyFrame({ROW_NUMBER: wanted}, schema={ROW_NUMBER: pl.Int64})
        near = lines.join(numbers, on=ROW_NUMBER, how="semi").collect(engine="streaming")
        return dict(zip(near[ROW_NUMBER].to_list(), near[LINE].to_list(), strict=True))


def _as_delivered(text: Path, delimiter: str, header: Header, taken: Collection[int]) -> pl.LazyFrame:
    """A lazy scan of the file itself, without the lines that were taken."""
    every = pl.scan_csv(
        text,
        separator=delimiter,
        has_header=False,
        schema=dict.fromkeys(header.labels, pl.String()),
        skip_lines=header.end,
        row_index_name=ROW_NUMBER,
        row_index_offset=header.end + 1,
    ).with_columns(pl.col(ROW_NUMBER).cast(pl.Int64))
    return every.filter(~pl.col(ROW_NUMBER).is_in(sorted(taken))) if taken else every


def _copied(
    lines: pl.LazyFrame, taken: set[int], delimiter: str, labels: Sequence[str], copy: Path
) -> pl.LazyFrame:
    """A lazy scan of a copy of the sound lines, each with its number before it."""
    numbers = pl.LazyFrame({ROW_NUMBER: sorted(taken)}, schema={ROW_NUMBER: pl.Int64})
    numbered = pl.concat_str(pl.col(ROW_NUMBER), pl.lit(delimiter), pl.col(LINE))
    sound = lines.join(numbers, on=ROW_NUMBER, how="anti").select(numbered)
    sound.sink_csv(copy, include_header=False, quote_style="never")
    schema = {ROW_NUMBER: pl.Int64(), **dict.fromkeys(labels, pl.String())}
    if copy.stat().st_size == 0:
        return pl.LazyFrame(schema=schema)
    return pl.scan_csv(copy, separator=delimiter, has_header=False, schema=schema)
