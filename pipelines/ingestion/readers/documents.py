"""Reads JSON documents and JSON lines: a list of objects, each a record.

Here: where the list is, the values a contract's paths select, lists inside records, streamed.
Not here: what a value means (`ingestion/typed.py`).
Explained in docs/data-team.md, "Paths into JSON".
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import ijson

from pipelines.ingestion.readers.header import spelled
from pipelines.ingestion.readers.model import Reject, TextTable, UnreadableFile
from pipelines.ingestion.readers.spool import REPLACEMENT, Spool

# Lists of records seen lie at the top or one or two keys down: content, data, data.content.
MAX_LIST_DEPTH = 2
# A document is often one line as long as the file; no single record is.
MAX_LINE_BYTES = 1 << 20
# Records of one list have few different sets of keys; a document that defies this must not fill memory.
MAX_SHAPES = 1_000
_STEP = re.compile(
    r"(?P<key>[^.\[\]]+)|\[#(?P<count>[^\[\]]*)\]|\[(?P<name>[^\[\]=]+)=(?P<value>[^\[\]]*)\]|\[(?P<index>-?\d+)\]"
)
_ABSENT = object()
# Under this key an element of a list inside a record finds the record.
ABOVE = "/"


@dataclass(frozen=True)
class Count:
    """How many elements a list has: `[#]` all, `[#a=1|true&b]` those with one of two texts as a and any b."""

    wanted: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def parse(cls, text: str) -> Count:
        """Read what stands behind the `#`."""
        parts = [part.partition("=") for part in text.split("&") if part]
        return cls(tuple((key, tuple(values.split("|")) if values else ()) for key, _, values in parts))

    def of(self, elements: list[Any]) -> int:
        """How many of the elements are meant."""
        return sum(1 for element in elements if not self.wanted or self._means(element))

    def _means(self, element: Any) -> bool:
        if not isinstance(element, dict):
            return False
        texts = ((_text(element.get(key)), values) for key, values in self.wanted)
        return all(text in values if values else bool(text) for text, values in texts)


Step = str | int | tuple[str, str] | Count


@dataclass(frozen=True)
class Selector:
    """A path into an object: keys, `[key=value]` for the first such element of a list, `[n]`, `[#…]`.

    Attributes:
        path: as the contract writes it, such as `procedure.translate[languageId=228].name`.
        steps: its parts in order.
    """

    path: str
    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, path: str) -> Selector:
        """Split a path; one that is not of this form is the name of a top-level key."""
        if path.startswith(ABOVE):
            return cls(path, (ABOVE, *cls.parse(path.removeprefix(ABOVE)).steps))
        steps: list[Step] = []
        for part in re.split(r"\.(?![^\[]*\])", path):
            found = list(_STEP.finditer(part))
            if not found or "".join(m.group() for m in found) != part:
                return cls(path, (path,))
            steps += [_step(m) for m in found]
        return cls(path, tuple(steps))

    def value(self, record: Mapping[str, Any]) -> Any:
        """What the path leads to in this record, `_ABSENT` where it leads nowhere."""
        if self.path in record:
            return record[self.path]
        here: Any = record
        for step in self.steps:
            here = _follow(here, step)
            if here is _ABSENT:
                return _ABSENT
        return here


def _step(found: re.Match[str]) -> Step:
    if found["key"] is not None:
        return found["key"]
    if found["count"] is not None:
        return Count.parse(found["count"])
    return int(found["index"]) if found["index"] is not None else (found["name"], found["value"])


def _follow(here: Any, step: Step) -> Any:
    if isinstance(step, str):
        return here.get(step, _ABSENT) if isinstance(here, dict) else _ABSENT
    elements = here if isinstance(here, list) else [here]
    if isinstance(step, Count):
        return _ABSENT if here is None else step.of(elements)
    if isinstance(step, int):
        return elements[step] if -len(elements) <= step < len(elements) else _ABSENT
    name, value = step
    return next((e for e in elements if isinstance(e, dict) and _text(e.get(name)) == value), _ABSENT)


def _text(value: Any) -> str | None:
    """A value as the text a cell would show; a list of plain values joined by "; "."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, list) and not any(isinstance(e, dict | list) for e in value):
        return "; ".join(text for e in value if (text := _text(e)) is not None)
    return json.dumps(value, ensure_ascii=False, default=str)


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

    def cells(self, record: Mapping[str, Any]) -> dict[str, str | None]:
        """Column → text of one record: selected paths first, then keys that no path enters."""
        shape = tuple(record)
        if shape not in self._names:
            if len(self._names) >= MAX_SHAPES:
                self._names.clear()
            self._names[shape] = self._plain_names(shape)
        if names := self._names[shape]:
            values = [v if v is None or v.__class__ is str else _text(v) for v in record.values()]
            return dict(zip(names, values, strict=True))
        cells: dict[str, str | None] = {}
        for key, value in record.items():
            selected = False
            for selector in self._by_key.get(key, ()):
                chosen = selector.value(record)
                if chosen is not _ABSENT:
                    cells[selector.path] = _text(chosen)
                    selected = True
            is_entered = key in self._by_key and isinstance(value, dict | list)
            if not selected and not is_entered:
                cells[_column_name(key)] = _text(value)
        if not cells.keys() <= self.seen.keys():
            self.seen.update(dict.fromkeys(cells))
        return cells

    def see_above(self, record: Mapping[str, Any]) -> None:
        """Know the columns a record gives to the elements of its list, also where it has none."""
        for selector in self._by_key.get(ABOVE, ()):
            if selector.path not in self.seen and selector.value({ABOVE: record}) is not _ABSENT:
                self.seen[selector.path] = None

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
    name = spelled(key) or "column"
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
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield number, json.loads(line.decode("utf-8", "replace").lstrip("\ufeff"))
                except (ValueError, RecursionError):
                    yield number, None


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
    for number, record in records:
        if not isinstance(record, dict):
            rejects.append(Reject(number, "ragged_row"))
            continue
        cells = columns.cells(record)
        if REPLACEMENT in "".join(filter(None, cells.values())):
            rejects.append(Reject(number, "bad_encoding"))
            continue
        spool.add(number, tuple(cells), tuple(cells.values()))
        spool.relieve()
    headers = tuple(columns.seen)
    return TextTable(spool.frame(headers), headers, "", {}, tuple(rejects), spool.rows + len(rejects))


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
        if found is _ABSENT or found is None:
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
