"""Reads JSON documents and JSON lines: a list of objects, each a record.

Here: where the list is, which columns its records have, lists inside records, streamed.
Not here: paths and texts (`paths.py`); what a value means (`ingestion/typed.py`).
Explained in docs/data-team.md, "Paths into JSON".
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import ijson
import polars as pl

from pipelines.ingestion.readers.header import spelled
from pipelines.ingestion.readers.model import ROW_NUMBER, Reject, TextTable, UnreadableFile
from pipelines.ingestion.readers.paths import ABOVE, ABSENT, Selector, as_text
from pipelines.ingestion.readers.spool import REPLACEMENT, Spool, cleaned, holds_replacement

# Lists of records seen lie at the top or one or two keys down: content, data, data.content.
MAX_LIST_DEPTH = 2
# A document is often one line as long as the file; no single record is.
MAX_LINE_BYTES = 1 << 20
# Records worked on together; a record may be large, so they are fewer than rows of a grid.
BLOCK_RECORDS = 5_000
# Records of one list have few different sets of keys; a document that defies this must not fill memory.
MAX_SHAPES = 1_000
_SURROGATE = re.compile("[\ud800-\udfff]")
# Lines parsed together, in bytes, and what is put between them: a parser called once meets each key once.
LINES_BYTES = 1 << 20
_WORD = "between two lines"
_BETWEEN = f',"{_WORD}",'


class _Columns:
    """Which columns the records turn out to have, and the cells of one record."""

    def __init__(self, selectors: Collection[str]) -> None:
        self._by_key: dict[str, list[Selector]] = defaultdict(list)
        for path in dict.fromkeys(selectors):
            selector = Selector.parse(path)
            for key in {path, str(selector.steps[0])}:
                self._by_key[key].append(selector)
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.seen: dict[str, None] = {}

    def of(self, records: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]]:
        """Column → values of some records; None where a record has no such column."""
        shapes = set(map(tuple, records))
        names = self._names_of(shapes.pop()) if len(shapes) == 1 else ()
        if names:
            return dict(zip(names, zip(*(record.values() for record in records), strict=True), strict=True))
        rows = [self._cells(record) for record in records]
        found = dict.fromkeys(name for row in rows for name in row)
        return {name: [row.get(name) for row in rows] for name in found}

    def _cells(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Column → value of one record: selected paths first, then keys that no path enters."""
        if names := self._names_of(tuple(record)):
            return dict(zip(names, record.values(), strict=True))
        cells: dict[str, Any] = {}
        for key, value in record.items():
            selected = False
            for selector in self._by_key.get(key, ()):
                chosen = selector.value(record)
                if chosen is not ABSENT:
                    cells[selector.path] = chosen
                    selected = True
            is_entered = key in self._by_key and isinstance(value, dict | list)
            if not selected and not is_entered:
                cells[_column_name(key)] = value
        if not cells.keys() <= self.seen.keys():
            self.seen.update(dict.fromkeys(cells))
        return cells

    def see_above(self, record: Mapping[str, Any]) -> None:
        """Know the columns a record gives to the elements of its list, also where it has none."""
        for selector in self._by_key.get(ABOVE, ()):
            if selector.path not in self.seen and selector.value({ABOVE: record}) is not ABSENT:
                self.seen[selector.path] = None

    def _names_of(self, shape: tuple[str, ...]) -> tuple[str, ...]:
        """`_plain_names`, remembered."""
        if (names := self._names.get(shape)) is None:
            if len(self._names) >= MAX_SHAPES:
                self._names.clear()
            names = self._names[shape] = self._plain_names(shape)
        return names

    def _plain_names(self, shape: tuple[str, ...]) -> tuple[str, ...]:
        """Column of each key, where every key is a column by itself; else nothing."""
        chosen = [self._by_key.get(key, []) for key in shape]
        names = [key if own else _column_name(key) for key, own in zip(shape, chosen, strict=True)]
        is_plain = all([s.path for s in own] in ([], [key]) for key, own in zip(shape, chosen, strict=True))
        if not is_plain or len(set(names)) != len(names):
            return ()
        self.seen.update(dict.fromkeys(names))
        return tuple(names)


@lru_cache(maxsize=1024)
def _column_name(key: str) -> str:
    name = spelled(key).encode("utf-8", "replace").decode() or "column"
    return f"{name} (2)" if name == "row_number" else name


def read_json(path: Path, selectors: Collection[str], work: Path, inside: str | None = None) -> TextTable:
    """The records of a JSON document, or the elements of the list `inside` each of them.

    Raises:
        UnreadableFile: unreadable_json, not_a_table.
    """
    try:
        with path.open("rb") as file:
            place = _place_of_list(file)
        with path.open("rb") as file:
            records = ijson.items(file, place)
            return _read(enumerate(records, start=1), selectors, Spool(work, "json"), inside)
    except (ijson.JSONError, UnicodeDecodeError, RecursionError, ValueError):
        raise _unreadable() from None  # the cause may quote cells


def read_json_lines(
    path: Path, selectors: Collection[str], work: Path, inside: str | None = None
) -> TextTable:
    """The records of a file with one JSON object a line, or elements inside; a line that is none is rejected.

    Raises:
        UnreadableFile: unreadable_json, when no line is an object.
    """
    table = _read(_lines(path), selectors, Spool(work, "json"), inside)
    if table.rejects and len(table.rejects) == table.rows_read:
        raise _unreadable()
    return table


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Number and value of each line that is not blank; None where it is no JSON."""
    number = 0
    with path.open("rb") as file:
        while lines := file.readlines(LINES_BYTES):
            texts = {
                place: line.decode("utf-8", "replace").lstrip("\ufeff")
                for place, line in enumerate(lines, start=number + 1)
                if line.strip()
            }
            yield from zip(texts, _values(list(texts.values())), strict=True)
            number += len(lines)


def _values(texts: list[str]) -> list[Any]:
    """The value of each text; if together they are not one value each, they are parsed one by one."""
    values = _value(f"[{_BETWEEN.join(texts)}]") or []
    is_one_each = len(values) == len(texts) * 2 - 1 and all(between == _WORD for between in values[1::2])
    return values[::2] if is_one_each else [_value(text) for text in texts]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _read(
    records: Iterator[tuple[int, Any]] | enumerate[Any],
    selectors: Collection[str],
    spool: Spool,
    inside: str | None,
) -> TextTable:
    columns = _Columns(selectors)
    rejects: list[Reject] = []
    if inside:
        records = _elements(records, Selector.parse(inside), columns)
    while block := list(islice(records, BLOCK_RECORDS)):
        rejects += [Reject(number, "ragged_row") for number, record in block if not isinstance(record, dict)]
        whole = {number: record for number, record in block if isinstance(record, dict)}
        cells = columns.of(list(whole.values()))
        texts = [_texts(name, values) for name, values in cells.items()]
        frame = cleaned(pl.DataFrame([pl.Series(ROW_NUMBER, list(whole), pl.Int64), *texts]))
        is_flawed = frame.select(holds_replacement(pl.col(pl.String))).to_series()
        rejects += [Reject(number, "bad_encoding") for number in frame.filter(is_flawed)[ROW_NUMBER]]
        spool.add_frame(frame.filter(~is_flawed))
    rejects.sort(key=lambda reject: reject.row_number)
    headers = tuple(columns.seen)
    return TextTable(spool.frame(headers), headers, "", {}, tuple(rejects), spool.rows + len(rejects))


def _texts(name: str, values: Sequence[Any]) -> pl.Series:
    """A column's values as texts; half a surrogate pair, which is no letter, as the replacement sign."""
    try:
        return pl.Series(name, values, pl.String)
    except (TypeError, UnicodeEncodeError):
        texts = [as_text(value) for value in values]
        return pl.Series(name, [text and _SURROGATE.sub(REPLACEMENT, text) for text in texts], pl.String)


def _elements(
    records: Iterator[tuple[int, Any]] | enumerate[Any], place: Selector, columns: _Columns
) -> Iterator[tuple[int, Any]]:
    """The elements of a list inside each record, numbered through the file; each knows its record as `/`.

    A record that is none has no elements: it is set aside where the records themselves are read.
    """
    number = 0
    for _, record in records:
        if not isinstance(record, dict):
            continue
        columns.see_above(record)
        found = place.value(record)
        if found is ABSENT or found is None:
            continue
        for element in found if isinstance(found, list) else [found]:
            number += 1
            yield number, {ABOVE: record, **element} if isinstance(element, dict) else None


def is_json_lines(path: Path) -> bool:
    """Whether the file's first line is a whole object and no document that holds the list."""
    with path.open("rb") as file:
        line = _filled_line(file)
        if len(line) >= MAX_LINE_BYTES or line.lstrip(b"\xef\xbb\xbf \t").startswith(b"["):
            return False
        more = _filled_line(file)
    try:
        first = json.loads(line.decode("utf-8", "replace").lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return more.lstrip().startswith(b"{")
    holds_list = isinstance(first, dict) and not more and _holds_records(first, MAX_LIST_DEPTH)
    return isinstance(first, dict) and not holds_list


def _filled_line(file: BinaryIO) -> bytes:
    """The next line that is not blank, at most `MAX_LINE_BYTES` of it."""
    while line := file.readline(MAX_LINE_BYTES):
        if line.strip():
            return line
    return b""


def _holds_records(value: Any, depth: int) -> bool:
    if isinstance(value, list):
        return not value or isinstance(value[0], dict)
    return isinstance(value, dict) and depth > 0 and any(_holds_records(v, depth - 1) for v in value.values())


def _place_of_list(file: BinaryIO) -> str:
    """Prefix of the elements of the first list of objects, or of the first list if all are empty.

    Reading on to the end is left to the caller, which thereby finds a cut document.
    """
    empty: str | None = None
    opened: str | None = None
    for prefix, event, _ in ijson.parse(file):
        if opened is not None and event == "start_map":
            return opened
        if opened is not None and event == "end_array":
            empty = empty or opened
        depth = prefix.count(".") + 1 if prefix else 0
        is_list = event == "start_array" and depth <= MAX_LIST_DEPTH and "item" not in prefix.split(".")
        opened = (f"{prefix}.item" if prefix else "item") if is_list else None
    if empty is not None:
        return empty
    raise UnreadableFile(
        "not_a_table", "the JSON document holds no list of objects", "export the list of records itself"
    )


def _unreadable() -> UnreadableFile:
    return UnreadableFile(
        "unreadable_json", "the JSON document is cut or malformed", "export again and deliver it whole"
    )
