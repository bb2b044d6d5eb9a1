"""Which of a file's first rows are the column titles, and what each column is called.

Here: the search by known titles, the joining of two or three merged title rows.
Not here: which source the titles belong to (`ingestion/recognise.py`).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipelines.ingestion.readers.model import ROW_NUMBER, GridRow, UnreadableFile
from pipelines.text import BLANKS, fold, nfc

SEARCH_ROWS = 40
MAX_HEADER_ROWS = 3
# Two known titles may be chance in a title block of pairs; half of all titles, or three, are not.
ENOUGH_MATCHES = 3


@dataclass(frozen=True)
class Header:
    """The rows `start` to `end` (end excluded) of those searched, and one unique label a column."""

    start: int
    end: int
    labels: tuple[str, ...]
    matches: int


@dataclass(frozen=True)
class _Window:
    start: int
    end: int
    labels: tuple[str, ...]
    parents: tuple[str, ...]
    matches: int

    @property
    def is_enough(self) -> bool:
        filled = sum(1 for label in self.labels if label)
        return self.matches >= 2 and (self.matches * 2 >= filled or self.matches >= ENOUGH_MATCHES)


def spelled(text: str) -> str:
    """A label as it is kept: composed, blanks folded to one space, none at the ends."""
    return " ".join(nfc(text).translate(_TO_SPACE).split(" ")).strip() if text else ""


_TO_SPACE = dict.fromkeys(map(ord, BLANKS), " ")


def find_header(rows: Sequence[GridRow], known: Collection[str]) -> Header:
    """The title rows among the first rows of a table.

    Args:
        rows: the first rows of the table, `SEARCH_ROWS` of them or all there are.
        known: folded titles of every source that could have written the file; if empty, the first
            row with the most filled cells is taken.

    Raises:
        UnreadableFile: header_not_found, when no row holds enough known titles or when title rows
            stand in an order that would put titles over the wrong columns.
    """
    titles = frozenset(known)
    if not titles:
        return _widest(rows)
    windows = [
        window
        for start in range(len(rows))
        for end in range(start + 1, min(start + MAX_HEADER_ROWS, len(rows)) + 1)
        if (window := _window(rows, start, end, titles)) is not None
    ]
    fitting = [w for w in windows if w.is_enough]
    if not fitting:
        raise _not_found(windows, len(rows))
    best = max(fitting, key=lambda w: (w.matches, w.start - w.end, -w.start))
    best = _with_spans(rows, best, titles)
    best = _with_parents(rows, best, titles)
    _refuse_strays(rows, best, titles)
    return Header(best.start, best.end, _unique(best.labels, best.parents), best.matches)


def _widest(rows: Sequence[GridRow]) -> Header:
    filled = [len({c for c in row.cells if c.strip(BLANKS)}) for row in rows]
    if not filled or max(filled) < 2:
        raise UnreadableFile(
            "header_not_found", "no row holds two column titles", "check that the file holds a table"
        )
    start = filled.index(max(filled))
    labels = tuple(spelled(cell) for cell in rows[start].cells)
    return Header(start, start + 1, _unique(labels, ("",) * len(labels)), 0)


def _window(rows: Sequence[GridRow], start: int, end: int, titles: frozenset[str]) -> _Window | None:
    """Labels when these rows are read as the titles; null where they contradict each other."""
    block = [[spelled(cell) for cell in row.cells] for row in rows[start:end]]
    if any(not any(cells) for cells in block):
        return None
    width = max(len(cells) for cells in block)
    grid = [cells + [""] * (width - len(cells)) for cells in block]
    labels, parents = [], []
    for column in range(width):
        texts = [cells[column] for cells in grid]
        known = [level for level, text in enumerate(texts) if text and fold(text) in titles]
        if _contradict(grid, column, known):
            return None
        filled = [level for level, text in enumerate(texts) if text]
        leaf = known[-1] if known else (filled[-1] if filled else 0)
        labels.append(texts[leaf])
        parents.append(_parent(grid, column, leaf))
    matches = len({fold(label) for label in labels} & titles)
    return _Window(start, end, tuple(labels), tuple(parents), matches)


def _contradict(grid: Sequence[Sequence[str]], column: int, known: Sequence[int]) -> bool:
    """Whether two different known titles stand over one column and neither covers its neighbour."""
    if len({fold(grid[level][column]) for level in known}) < 2:
        return False
    return all(_is_narrow(grid[level], column) for level in known)


def _is_narrow(cells: Sequence[str], column: int) -> bool:
    left = cells[column - 1] if column else None
    right = cells[column + 1] if column + 1 < len(cells) else None
    return cells[column] not in (left, right) and right != ""


def _parent(grid: Sequence[Sequence[str]], column: int, leaf: int) -> str:
    """The nearest title above the leaf; a merged one is written over its first column only."""
    for level in range(leaf - 1, -1, -1):
        for left in range(column, -1, -1):
            if text := grid[level][left]:
                return text if text != grid[leaf][column] else ""
    return ""


def _with_spans(rows: Sequence[GridRow], window: _Window, titles: frozenset[str]) -> _Window:
    """Further rows that the titles' own cells cover."""
    end = window.end
    reach = max(i + 1 + rows[i].rows_below for i in range(window.start, end))
    while reach > end and end < min(len(rows), window.start + MAX_HEADER_ROWS + 1):
        end += 1
        reach = max(reach, end + rows[end - 1].rows_below)
    if end == window.end:
        return window
    wider = _window(rows, window.start, end, titles)
    if wider is None or wider.matches < window.matches:
        raise _out_of_order()
    return wider


def _with_parents(rows: Sequence[GridRow], window: _Window, titles: frozenset[str]) -> _Window:
    """Parent rows above, where they tell labels apart that repeat."""
    start = window.start
    while start > 0 and window.end - start < MAX_HEADER_ROWS:
        repeated = max(Counter(label for label in window.labels if label).values()) > 1
        above = {cell for cell in rows[start - 1].cells if cell.strip(BLANKS)}
        covers = rows[start - 1].rows_below > 0
        if not covers and (not repeated or len(above) < 2):
            return window
        taller = _window(rows, start - 1, window.end, titles)
        if taller is None or taller.matches < window.matches:
            return window
        start, window = start - 1, taller
    return window


def _refuse_strays(rows: Sequence[GridRow], window: _Window, titles: frozenset[str]) -> None:
    """Known titles in a neighbouring row mean that title rows came in the wrong order."""
    own = {fold(label) for label in window.labels}
    above = range(max(0, window.start - MAX_HEADER_ROWS), window.start)
    below = range(window.end, min(len(rows), window.end + 1))
    for index in (*above, *below):
        strays = ({fold(spelled(cell)) for cell in rows[index].cells} & titles) - own
        if len(strays) >= 2:
            raise _out_of_order()


def _unique(labels: Sequence[str], parents: Sequence[str]) -> tuple[str, ...]:
    times = Counter(fold(label) for label in labels if label)
    taken = {ROW_NUMBER}
    unique = []
    for column, (label, parent) in enumerate(zip(labels, parents, strict=True), start=1):
        is_repeated = bool(label) and times[fold(label)] > 1 and parent
        wanted = f"{parent} / {label}" if is_repeated else label or f"column {column}"
        name, copy = wanted, 1
        while name in taken:
            copy += 1
            name = f"{wanted} ({copy})"
        taken.add(name)
        unique.append(name)
    return tuple(unique)


def _out_of_order() -> UnreadableFile:
    return UnreadableFile(
        "header_not_found",
        "the rows of column titles stand in an order that puts titles over the wrong columns",
        "export again; the row with the wider titles must stand above the row with the single ones",
    )


def _not_found(windows: Sequence[_Window], searched: int) -> UnreadableFile:
    closest = max((w.matches for w in windows), default=0)
    return UnreadableFile(
        "header_not_found",
        f"none of the first {searched} rows holds the column titles of a known source "
        f"(closest row: {closest} known)",
        "check that this is the right export, or describe the new source in a YAML",
    )
