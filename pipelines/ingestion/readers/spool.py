"""Records on their way to a frame: written to Parquet in chunks, so that memory stays bounded.

Here: chunks of text rows on disk, the lazy frame over them, the cleaning of a cell.
Not here: which rows are records (`assembly.py`), formats (one module each).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import polars as pl

from pipelines.ingestion.readers.model import ROW_NUMBER
from pipelines.text import BLANKS, is_composed, nfc_expr

CHUNK_ROWS = 50_000
# Rows worked on together; with more of them their cells leave the processor's cache.
BLOCK_ROWS = 10_000
REPLACEMENT = "\ufffd"


def holds_replacement(cells: pl.Expr) -> pl.Expr:
    """Whether any of a row's cells holds the sign that stands for bytes which could not be read."""
    return pl.any_horizontal(cells.str.contains(REPLACEMENT, literal=True)).fill_null(value=False)


def cleaned(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with its texts cleaned; only columns that hold anything decomposed are composed."""
    texts = frame.select(pl.col(pl.String))
    mixed = [text.name for text in texts if not is_composed(text.str.join("\n").item())]
    plain = [name for name in texts.columns if name not in mixed]
    return frame.with_columns(clean_cells(pl.col(plain), compose=False), clean_cells(pl.col(mixed)))


def clean_cells(columns: pl.Expr, compose: bool = True, blanks: str = BLANKS) -> pl.Expr:
    """Cells composed and trimmed; an empty one is null.

    Args:
        columns: the cells.
        compose: false where every cell is known to be composed already.
        blanks: the signs that may stand at the ends of a cell.
    """
    text = nfc_expr(columns) if compose else columns
    trimmed = text.str.strip_chars(blanks) if blanks else text
    return pl.when(trimmed.str.len_bytes() > 0).then(trimmed)


class Spool:
    """Text rows written to Parquet files in `work`, in the order of their numbers.

    Args:
        work: folder for the files; the caller deletes it.
        name: start of the files' names, unique in `work`.

    Attributes:
        rows: how many were added.
    """

    def __init__(self, work: Path, name: str) -> None:
        self.rows = 0
        self._work = work
        self._name = name
        self._files: list[Path] = []
        self._frames: list[pl.DataFrame] = []
        self._numbers: list[int] = []
        self._rows: list[Sequence[str | None]] = []
        self._columns: tuple[str, ...] = ()

    def add(self, number: int, columns: tuple[str, ...], cells: Sequence[str | None]) -> None:
        """Keep one row; its columns are those of the row before and perhaps more."""
        self._columns = columns
        self._numbers.append(number)
        self._rows.append(cells)
        self.rows += 1

    def relieve(self) -> None:
        """Make rows added one by one take less memory, once they are many."""
        if len(self._rows) >= BLOCK_ROWS:
            self._hold(self._gathered())

    def add_frame(self, frame: pl.DataFrame) -> None:
        """Keep many rows, cleaned already; rows added one by one since the last of these may lie between."""
        self.rows += frame.height
        gathered = self._gathered()
        if gathered.height:
            frame = pl.concat([gathered, frame], how="diagonal").sort(ROW_NUMBER)
        self._hold(frame)

    def frame(self, columns: Sequence[str]) -> pl.LazyFrame:
        """All rows: `row_number` and these columns, null where absent."""
        self._hold(self._gathered())
        self._write()
        schema = {ROW_NUMBER: pl.Int64(), **dict.fromkeys(columns, pl.String())}
        empty = pl.LazyFrame(schema=schema)
        scans = [pl.scan_parquet(file) for file in self._files]
        return pl.concat([empty, *scans], how="diagonal").select(*schema) if scans else empty

    def _hold(self, frame: pl.DataFrame) -> None:
        if frame.height:
            self._frames.append(frame)
        if sum(held.height for held in self._frames) >= CHUNK_ROWS:
            self._write()

    def _write(self) -> None:
        if self._frames:
            file = self._work / f"{self._name}-{len(self._files):05d}.parquet"
            rows = pl.concat(self._frames, how="diagonal")
            rows.write_parquet(file, compression="lz4", statistics=False)
            self._files.append(file)
        self._frames = []

    def _gathered(self) -> pl.DataFrame:
        """The rows added one by one, which are then no longer held."""
        columns = zip_longest(self._columns if self._rows else (), *self._rows)
        texts = [pl.Series(name, cells, pl.String) for name, *cells in columns]
        frame = pl.DataFrame([pl.Series(ROW_NUMBER, self._numbers, pl.Int64), *texts])
        self._numbers, self._rows = [], []
        return cleaned(frame)
