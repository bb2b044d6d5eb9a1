"""Splits delimited text into records, and finds its feet again after a quote that never closes.

Here: the grammar of one record, which may run over several lines.
Not here: files, encodings, chunks (`delimited.py`).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from pipelines.ingestion.readers.model import GridRow

# A quoted cell that runs on longer than this is a quote that was never closed.
MAX_LINES_OF_A_CELL = 200
# From this many columns on, a line inside quotes that is itself a whole record is no accident.
TELLING_WIDTH = 4
NumberedLine = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Split:
    """Cells of a text, or why it has none: `is_open` when it ends inside quotes."""

    cells: tuple[str, ...] | None
    is_open: bool = False


@cache
def _grammar(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    sign = re.escape(delimiter)
    quoted = r' *"((?:[^"]|"")*+)" *'
    plain = f'(?! *")([^{sign}]*)'
    cell = re.compile(rf"(?:{quoted}|{plain})({sign}|\Z)")
    return cell, re.compile(r' *"(?:[^"]|"")*+\Z')


def split(text: str, delimiter: str) -> Split:
    """The cells of one record; inside quotes a quote is doubled, elsewhere it is an ordinary sign."""
    if '"' not in text:
        return Split(tuple(text.split(delimiter)))
    cell, opened = _grammar(delimiter)
    cells: list[str] = []
    position = 0
    while True:
        found = cell.match(text, position)
        if found is None:
            return Split(None, opened.match(text, position) is not None)
        quoted, plain, end = found.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        if not end:
            return Split(tuple(cells))
        position = found.end()


def records(lines: Iterable[NumberedLine], delimiter: str, width: int | None) -> Iterator[GridRow]:
    """One row per record, numbered by its first line; a line that opens a quote for good is flawed.

    Args:
        lines: number and text of consecutive lines, without line ends.
        delimiter: the sign between cells.
        width: cells a record must have for its quotes to be believed over several lines; None while
            the titles are not known yet.
    """
    waiting: deque[NumberedLine] = deque()
    source = iter(lines)
    while True:
        if not waiting:
            waiting.extend(islice(source, 1))
        if not waiting:
            return
        number, text = waiting.popleft()
        whole = split(text, delimiter)
        if whole.cells is None and whole.is_open:
            waiting.extend(islice(source, MAX_LINES_OF_A_CELL - len(waiting)))
            cells, used = _continued(text, waiting, delimiter, width)
            for _ in range(used):
                waiting.popleft()
        else:
            cells = whole.cells
        yield GridRow(number, cells) if cells is not None else GridRow(number, (), flaw="unclosed_quote")


def _continued(
    text: str, following: Iterable[NumberedLine], delimiter: str, width: int | None
) -> tuple[tuple[str, ...] | None, int]:
    """Cells of a record whose quotes run over lines, and how many further lines it takes.

    The reading is believed only if every quote closes, the record has its full width, and no line
    inside it is a record by itself; otherwise the first line alone is given up.
    """
    for used, (_, line) in enumerate(following, start=1):
        text = f"{text}\n{line}"
        if '"' not in line:
            if width is not None and width >= TELLING_WIDTH and line.count(delimiter) == width - 1:
                return None, 0
            continue
        whole = split(text, delimiter)
        if whole.cells is not None:
            fits = width is None or len(whole.cells) == width
            return (whole.cells, used) if fits else (None, 0)
        if not whole.is_open:
            return None, 0
    return None, 0
