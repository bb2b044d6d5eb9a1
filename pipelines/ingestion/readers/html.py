"""Reads HTML tables, the usual content of a Vietnamese portal's ".xls".

Here: a page streamed through the parser, past which most of its rows are led.
Not here: what makes a row (`markup.py`); the spelling of most rows (`plain_rows.py`); real workbooks
(`workbook.py`); titles and records (`header.py`, `records.py`).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import cast

from lxml import etree

from pipelines.ingestion.readers.assembly import assemble, in_blocks
from pipelines.ingestion.readers.header import SEARCH_ROWS, find_header
from pipelines.ingestion.readers.markup import Target
from pipelines.ingestion.readers.model import OUTSIDE, GridRow, TextTable, UnreadableFile
from pipelines.ingestion.readers.plain_rows import PlainRow, squeezed
from pipelines.ingestion.readers.spool import Spool
from pipelines.ingestion.readers.unwrap import decoded_chunks

FEED_CHARS = 1 << 16
_ROW_END = re.compile("</[tT][rR]>")


def read_html(path: Path, encoding: str, known: Collection[str], work: Path) -> TextTable:
    """The records of the page's tables.

    Raises:
        UnreadableFile: not_a_table, header_not_found.
    """
    page = _Page(path, encoding)
    rows = page.rows()
    first = list(islice(rows, SEARCH_ROWS))
    header = find_header(first, known)
    width = len(header.labels)
    page.plain_row = PlainRow(width)
    blocks = map(squeezed, in_blocks(rows, width))
    return assemble(first, header, blocks, Spool(work, "html"), may_close_short=True)


class _Page:
    """Rows of every table of the page, in order; the last one is flawed if the page ends inside it.

    Attributes:
        plain_row: how most rows are spelt, once it is known. Such a row is read without the parser where
            the parser has just seen a row end, so that a comment or a script never passes for one.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        self.plain_row: PlainRow | None = None
        self._path = path
        self._encoding = encoding
        self._target = Target()
        # the stubs ask for a method that lxml itself does not
        receiver = cast("etree.ParserTarget", self._target)
        self._parser = etree.HTMLParser(target=receiver, huge_tree=True, encoding="utf-8")
        self._is_between_rows = False
        self._tail = ""

    def rows(self) -> Iterator[GridRow]:
        """Every row; text outside tables is one as well."""
        last: GridRow | None = None
        for row in self._complete_rows():
            if last is not None:
                yield last
            last = row
        if self._target.table_count == 0:
            raise UnreadableFile(
                "not_a_table",
                "the file is a web page without a table, probably an error or log-in page",
                "log in to the portal and export again",
            )
        if last is not None:
            is_cut = _ends_inside_a_row(self._tail) and last.number != OUTSIDE
            yield GridRow(last.number, last.cells, flaw="ragged_row") if is_cut else last

    def _complete_rows(self) -> Iterator[GridRow]:
        ahead = ""
        for text in self._texts():
            self._tail = (self._tail + text)[-FEED_CHARS:]
            if self.plain_row is None:
                yield from self._parsed(text)
            else:
                ahead = yield from self._read(ahead + text, self.plain_row)
        yield from self._parsed(ahead)
        _close(self._parser, self._target)
        yield from self._target.completed()

    def _read(self, text: str, plain_row: PlainRow) -> Generator[GridRow, None, str]:
        """The rows that end in this text; what lies behind them is given back unless it is too much."""
        place = 0
        while True:
            while self._is_between_rows and (found := plain_row.cells(text, place)):
                cells, place = found
                yield self._target.next_row(cells)
            end = _ROW_END.search(text, place)
            if end is None:
                break
            yield from self._parsed(text[place : end.end() - 1])
            self._target.has_ended_row = False
            yield from self._parsed(text[end.end() - 1 : end.end()])
            self._is_between_rows = self._target.is_between_rows
            place = end.end()
        if len(text) - place <= FEED_CHARS:
            return text[place:]
        self._is_between_rows = False
        yield from self._parsed(text[place:])
        return ""

    def _parsed(self, text: str) -> list[GridRow]:
        """The rows that the parser completes with this text."""
        self._parser.feed(text.encode("utf-8"))
        return self._target.completed()

    def _texts(self) -> Iterator[str]:
        for chunk in decoded_chunks(self._path, self._encoding):
            # libxml2 takes a NUL for the end of the document
            whole = chunk.replace("\x00", "\ufffd")
            for start in range(0, len(whole), FEED_CHARS):
                yield whole[start : start + FEED_CHARS]


def _close(parser: etree.HTMLParser, target: Target) -> None:
    try:
        parser.close()
    except etree.LxmlError:
        target.close()


def _ends_inside_a_row(tail: str) -> bool:
    """Whether the last row that opens does not close, in a page that closes its rows."""
    lower = tail.lower()
    closes = lower.rfind("</tr")
    return closes >= 0 and lower.rfind("<tr") > closes
