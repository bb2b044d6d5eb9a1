"""Which of a file's first rows are the column titles, and what each column is called.

Here: the search by known titles, the joining of two or three merged title rows.
Not here: which source the titles belong to (`ingestion/recognise.py`).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from pipelines.ingestion.readers.model import ROW_NUMBER, GridRow, UnreadableFile
from pipelines.text import fold, nfc, squeeze

SEARCH_ROWS = 40
MAX_HEADER_ROWS = 3
MIN_MATCHES = 2
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
class _Row:
    """One of the first rows: its texts, which of them are known titles, how far its cells reach down."""

    texts: tuple[str, ...]
    keys: tuple[str, ...]
    known: frozenset[str]
    rows_below: int

    @classmethod
    def of(cls, row: GridRow, titles: Collection[str]) -> _Row:
        texts = tuple(spelled(cell) for cell in row.cells)
        keys = tuple(fold(text) for text in texts)
        return cls(texts, keys, frozenset(key for key in keys if key in titles), row.rows_below)

    @property
    def different(self) -> int:
        return len({text for text in self.texts if text})

    def text(self, column: int) -> str:
        return self.texts[column] if column < len(self.texts) else ""

    def is_known(self, column: int) -> bool:
        return column < len(self.keys) and self.keys[column] in self.known

    def is_narrow(self, column: int) -> bool:
        """Whether the cell stands over one column only."""
        right = self.text(column + 1) if column + 1 < len(self.texts) else None
        left = self.text(column - 1) if column else None
        return self.texts[column] not in (left, right) and right != ""


@dataclass(frozen=True)
class _Window:
    """Labels when the rows `start` to `end` are read as the titles."""

    start: int
    end: int
    labels: tuple[str, ...]
    parents: tuple[str, ...]
    matches: int

    @property
    def is_enough(self) -> bool:
        filled = sum(1 for label in self.labels if label)
        many = self.matches * 2 >= filled or self.matches >= ENOUGH_MATCHES
        return self.matches >= MIN_MATCHES and many


def spelled(text: str) -> str:
    """A label as it is kept: composed, blanks folded to one space, none at the ends."""
    return squeeze(nfc(text))


def find_header(first_rows: Sequence[GridRow], known: Collection[str]) -> Header:
    """The title rows among the first rows of a table.

    Args:
        first_rows: the first rows of the table, `SEARCH_ROWS` of them or all there are.
        known: folded titles of every source that could have written the file; if empty, the first
            row with the most filled cells is taken.

    Raises:
        UnreadableFile: header_not_found, when no row holds enough known titles or when title rows
            stand in an order that would put titles over the wrong columns.
    """
    rows = [_Row.of(row, known) for row in first_rows]
    if not known:
        return _fullest(rows)
    windows = list(_windows(rows))
    fitting = [window for window in windows if window.is_enough]
    if not fitting:
        raise _not_found(max((len(row.known) for row in rows), default=0), len(rows))
    best = max(fitting, key=lambda w: (w.matches, w.start - w.end, -w.start))
    best = _with_rows_covered(rows, best)
    best = _with_parents(rows, best)
    _refuse_strays(rows, best)
    return Header(best.start, best.end, _unique(_widened(rows, best)), best.matches)


def _fullest(rows: Sequence[_Row]) -> Header:
    most = max((row.different for row in rows), default=0)
    if most < MIN_MATCHES:
        raise UnreadableFile(
            "header_not_found", "no row holds two column titles", "check that the file holds a table"
        )
    start = next(index for index, row in enumerate(rows) if row.different == most)
    labels = rows[start].texts
    return Header(start, start + 1, _unique(_Window(start, start + 1, labels, ("",) * len(labels), 0)), 0)


def _windows(rows: Sequence[_Row]) -> list[_Window]:
    """Runs of up to three rows that start and end with a known title and do not contradict themselves."""
    spans = (
        (start, end)
        for start, first in enumerate(rows)
        if first.known
        for end in range(start + 1, min(start + MAX_HEADER_ROWS, len(rows)) + 1)
        if rows[end - 1].known
    )
    return [window for span in spans if (window := _window(rows, *span)) is not None]


def _window(rows: Sequence[_Row], start: int, end: int) -> _Window | None:
    block = rows[start:end]
    if any(row.different == 0 for row in block):
        return None
    labels, parents, matched = [], [], set()
    for column in range(max(len(row.texts) for row in block)):
        known = [level for level, row in enumerate(block) if row.is_known(column)]
        if _contradict(block, column, known):
            return None
        filled = [level for level, row in enumerate(block) if row.text(column)]
        leaf = known[-1] if known else (filled[-1] if filled else 0)
        label = block[leaf].text(column)
        labels.append(label)
        parents.append(_parent(block, column, leaf))
        if known:
            matched.add(fold(label))
    return _Window(start, end, tuple(labels), tuple(parents), len(matched))


def _contradict(block: Sequence[_Row], column: int, known: Sequence[int]) -> bool:
    """Whether two different known titles stand over one column and neither covers its neighbour."""
    if len({block[level].keys[column] for level in known}) <= 1:
        return False
    return all(block[level].is_narrow(column) for level in known)


def _parent(block: Sequence[_Row], column: int, leaf: int) -> str:
    """The nearest title above the leaf; a merged one is written over its first column only."""
    for level in range(leaf - 1, -1, -1):
        for left in range(column, -1, -1):
            if text := block[level].text(left):
                return text if text != block[leaf].text(column) else ""
    return ""


def _with_rows_covered(rows: Sequence[_Row], window: _Window) -> _Window:
    """Further rows that the titles' own cells cover."""
    end = window.end
    reach = max(index + 1 + rows[index].rows_below for index in range(window.start, end))
    while reach > end and end < min(len(rows), window.start + MAX_HEADER_ROWS + 1):
        end += 1
        reach = max(reach, end + rows[end - 1].rows_below)
    if end == window.end:
        return window
    wider = _window(rows, window.start, end)
    if wider is None or wider.matches < window.matches:
        raise _out_of_order()
    return wider


def _with_parents(rows: Sequence[_Row], window: _Window) -> _Window:
    """Parent rows above: those that reach down into the titles, or that tell repeated labels apart."""
    while window.start > 0 and window.end - window.start < MAX_HEADER_ROWS:
        above = rows[window.start - 1]
        is_repeated = max(Counter(label for label in window.labels if label).values()) > 1
        if above.rows_below == 0 and not (is_repeated and above.different >= MIN_MATCHES):
            return window
        taller = _window(rows, window.start - 1, window.end)
        if taller is None or taller.matches < window.matches:
            return window
        window = taller
    return window


def _refuse_strays(rows: Sequence[_Row], window: _Window) -> None:
    """Known titles over other columns in a neighbouring row mean that title rows came in the wrong order."""
    labels = [fold(label) for label in window.labels]
    above = rows[max(0, window.start - MAX_HEADER_ROWS) : window.start]
    below = rows[window.end : window.end + 1]
    for row in (*above, *below):
        strays = [c for c in range(len(row.keys)) if row.is_known(c) and [row.keys[c]] != labels[c : c + 1]]
        if len(strays) >= MIN_MATCHES:
            raise _out_of_order()


def _widened(rows: Sequence[_Row], window: _Window) -> _Window:
    """Blank columns beyond the last title, where every row below ends in the same blank cells."""
    width = len(window.labels)
    below = [row for row in rows[window.end :] if row.different > MIN_MATCHES]
    widths = {len(row.texts) for row in below}
    is_blank = all(not any(row.texts[width:]) for row in below)
    if len(widths) != 1 or not is_blank or (more := widths.pop() - width) <= 0:
        return window
    blank = ("",) * more
    return replace(window, labels=(*window.labels, *blank), parents=(*window.parents, *blank))


def _unique(window: _Window) -> tuple[str, ...]:
    """Labels told apart: by their parent, then by a count; a column without one is named by its place."""
    times = Counter(fold(label) for label in window.labels if label)
    taken = {ROW_NUMBER}
    unique = []
    for column, (label, parent) in enumerate(zip(window.labels, window.parents, strict=True), start=1):
        is_repeated = bool(label) and times[fold(label)] > 1 and parent != ""
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


def _not_found(closest: int, searched: int) -> UnreadableFile:
    return UnreadableFile(
        "header_not_found",
        f"none of the first {searched} rows holds the column titles of a known source "
        f"(closest row: {closest} known)",
        "check that this is the right export, or describe the new source in a YAML",
    )
