"""Reads CSV and its relatives, whatever the delimiter.

Here: finding delimiter and titles; the quick way over sound lines and the careful way over odd ones.
Not here: encodings (`unwrap.py`), the grammar of quotes (`quoting.py`), records (`records.py`).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pipelines.ingestion.readers import sound_lines
from pipelines.ingestion.readers.assembly import assemble, in_blocks, stands_for_a_record
from pipelines.ingestion.readers.header import SEARCH_ROWS, Header, find_header
from pipelines.ingestion.readers.model import GridRow, TextTable, UnreadableFile
from pipelines.ingestion.readers.quoting import NumberedLine, records
from pipelines.ingestion.readers.spool import Spool
from pipelines.ingestion.readers.unwrap import as_utf8

DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Layout:
    """How the text is laid out.

    Attributes:
        delimiter: the sign between cells.
        header: titles among the first rows.
        rows: those first rows.
    """

    delimiter: str
    header: Header
    rows: tuple[GridRow, ...]

    @property
    def is_plain(self) -> bool:
        """Whether one line of titles comes first but for titles above it, so that lines can be counted."""
        above = self.rows[: self.header.start]
        until = self.rows[: self.header.end]
        is_one_row = self.header.end - self.header.start == 1
        is_one_line_each = not any("\n" in cell for row in until for cell in row.cells)
        width = len(self.header.labels)
        holds_no_record = not any(row.flaw or stands_for_a_record(row, width) for row in above)
        return is_one_row and is_one_line_each and holds_no_record


def read_delimited(path: Path, encoding: str, known: Collection[str], work: Path) -> TextTable:
    """The records of a delimited text.

    Raises:
        UnreadableFile: header_not_found.
    """
    text = path if encoding == "utf-8" and not _ends_lines_with_cr(path) else as_utf8(path, encoding, work)
    layout = _layout(text, known)
    if layout.is_plain:
        table = sound_lines.read(text, layout.delimiter, layout.header, layout.rows, work)
        if table is not None:
            return table
    return read_carefully(text, layout, known, work)


def read_carefully(text: Path, layout: Layout, known: Collection[str], work: Path) -> TextTable:
    """Every line through the grammar, one by one: about a tenth of the quick way's speed."""
    lines = numbered_lines(text)
    rows = records(lines, layout.delimiter, len(layout.header.labels))
    first = list(islice(rows, SEARCH_ROWS))
    header = find_header(first, known)
    return assemble(first, header, in_blocks(rows, len(header.labels)), Spool(work, "csv"))


def numbered_lines(text: Path) -> Iterator[NumberedLine]:
    """Number and content of each line; undecodable bytes are U+FFFD."""
    with text.open("rb") as file:
        for number, line in enumerate(file, start=1):
            content = line.decode("utf-8", "replace").rstrip("\n").removesuffix("\r")
            yield number, content.lstrip("\ufeff") if number == 1 else content


def _ends_lines_with_cr(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(1 << 16)
    return b"\r" in head and b"\n" not in head


def _layout(text: Path, known: Collection[str]) -> Layout:
    """The delimiter under which most titles are known; without titles, the one that gives most columns."""
    lines = list(islice(numbered_lines(text), SEARCH_ROWS * 2))
    layouts: list[Layout] = []
    refusals: list[UnreadableFile] = []
    for delimiter in DELIMITERS:
        rows = tuple(islice(records(lines, delimiter, None), SEARCH_ROWS))
        try:
            layouts.append(Layout(delimiter, find_header(rows, known), rows))
        except UnreadableFile as refusal:
            refusals.append(refusal)
    if not layouts:
        raise refusals[0]
    return max(layouts, key=lambda found: (found.header.matches, len(found.header.labels)))
