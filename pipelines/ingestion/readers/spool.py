"""Records on their way to a frame: written to Parquet in chunks, so that memory stays bounded.

Here: chunks of text rows on disk, the lazy frame over them, the cleaning of a cell.
Not here: which rows are records (`assembly.py`), formats (one module each).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.ingestion.readers.model import ROW_NUMBER
from pipelines.text import BLANKS, is_composed, nfc_expr

CHUNK_ROWS = 50_000
REPLACEMENT = "\ufffd"
_SURROGATE = re.compile("[\ud800-\udfff]")


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
        as_text: text of a value that is none, where there are such.

    Attributes:
        rows: how many are kept.
        flawed: numbers of the rows added one by one that hold a replacement sign; they are not kept.
    """

    def __init__(self, work: Path, name: str, as_text: Callable[[Any], str | None] = str) -> None:
        self._work = work
        self._name = name
        self._as_text = as_text
        self._files: list[Path] = []
        self._numbers: list[int] = []
        self._rows: list[Sequence[Any]] = []
        self._columns: list[tuple[str, ...]] = []
        self.rows = 0
        self.flawed: list[int] = []

    def add(self, number: int, columns: tuple[str, ...], cells: Sequence[Any]) -> None:
        """Keep one row; rows may differ in their columns."""
        self._columns.append(columns)
        self._numbers.append(number)
        self._rows.append(cells)
        self.rows += 1

    def relieve(self) -> None:
        """Write what was added, once it is much."""
        if len(self._rows) >= CHUNK_ROWS:
            self._write(self._gathered())

    def add_frame(self, frame: pl.DataFrame) -> None:
        """Write many rows, cleaned already, and those added one by one, which may lie between them."""
        self.rows += frame.height
        gathered = self._gathered()
        if gathered.height:
            frame = pl.concat([gathered, frame], how="diagonal").sort(ROW_NUMBER)
        self._write(frame)

    def frame(self, columns: Sequence[str]) -> pl.LazyFrame:
        """All rows in the order they were added: `row_number` and these columns, null where absent."""
        self._write(self._gathered())
        schema = {ROW_NUMBER: pl.Int64(), **dict.fromkeys(columns, pl.String())}
        empty = pl.LazyFrame(schema=schema)
        scans = [pl.scan_parquet(file) for file in self._files]
        return pl.concat([empty, *scans], how="diagonal").select(*schema) if scans else empty

    def _write(self, frame: pl.DataFrame) -> None:
        if frame.height:
            file = self._work / f"{self._name}-{len(self._files):05d}.parquet"
            frame.write_parquet(file, compression="lz4", statistics=False)
            self._files.append(file)

    def _gathered(self) -> pl.DataFrame:
        """The rows in memory, which are then no longer held."""
        columns = [self._texts(name, values) for name, values in self._cells().items()]
        frame = cleaned(pl.DataFrame([pl.Series(ROW_NUMBER, self._numbers, pl.Int64), *columns]))
        self._numbers, self._rows, self._columns = [], [], []
        is_flawed = frame.select(holds_replacement(pl.col(pl.String))).to_series()
        flawed = frame.filter(is_flawed)[ROW_NUMBER].to_list()
        self.flawed += flawed
        self.rows -= len(flawed)
        return frame.filter(~is_flawed)

    def _texts(self, name: str, values: Sequence[Any]) -> pl.Series:
        try:
            return pl.Series(name, values, pl.String)
        except (TypeError, UnicodeEncodeError):  # other values than texts, or half a surrogate pair
            texts = (None if value is None else self._as_text(value) for value in values)
            return pl.Series(name, [text and _SURROGATE.sub(REPLACEMENT, text) for text in texts], pl.String)

    def _cells(self) -> dict[str, Sequence[Any]]:
        """Column → its cells of the rows in memory, null where a row has no such column."""
        if len({id(shape) for shape in self._columns}) == 1:
            return dict(zip(self._columns[0], zip(*self._rows, strict=True), strict=True))
        rows = [
            dict(zip(names, row, strict=True)) for names, row in zip(self._columns, self._rows, strict=True)
        ]
        names = dict.fromkeys(name for shape in dict.fromkeys(self._columns) for name in shape)
        return {name: [row.get(name) for row in rows] for name in names}
