"""Turns any delivered file into one table of text, deciding by bytes, never by extension.

Here: `read_table`, the choice of the reader. Each format has its own module beside this one; a new
format is a new module and one line in `_read`.
Not here: what a column means or how its text becomes a value (`ingestion/typed.py`).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from pipelines.ingestion.readers.delimited import read_delimited
from pipelines.ingestion.readers.documents import is_json_lines, read_json, read_json_lines
from pipelines.ingestion.readers.html import read_html
from pipelines.ingestion.readers.model import Reject, Sheet, TextTable, UnreadableFile
from pipelines.ingestion.readers.unwrap import as_utf8, decoded_chunks, is_workbook, text_encoding, unwrap
from pipelines.ingestion.readers.workbook import joined, read_workbook
from pipelines.text import BLANKS, fold

__all__ = ["Reject", "Sheet", "TextTable", "UnreadableFile", "joined", "read_table"]

# A list of objects or an object; a title in brackets is none.
_JSON = re.compile(r"\[\s*[\[{\]]|\{\s*[\"}]")


def read_table(
    path: Path,
    known_headers: Collection[str],
    work: Path,
    selectors: Collection[str] = (),
    inside: str | None = None,
) -> TextTable:
    """Read one delivered file as text.

    Args:
        path: the file; `.gz` and `.zip` around a single file are taken off.
        known_headers: column titles, as delivered, of every source that could have written the file.
        work: existing folder for unpacked and spooled rows; the frame reads from it, the caller
            deletes it afterwards.
        selectors: paths into JSON records that become columns, such as `procedure.code`.
        inside: path of a list inside each JSON record, whose elements are then the rows.

    Raises:
        UnreadableFile: with a file-level reason code, when there is no table to read.
        OSError: when the disk refuses (no permission, no space).
    """
    known = frozenset(fold(header) for header in known_headers) - {""}
    content = unwrap(path, work)
    if is_workbook(content):
        return read_workbook(content, known, work)
    encoding = text_encoding(content, known)
    start = _start(content, encoding)
    if not start:
        raise UnreadableFile(
            "empty_file",
            "the file holds only blanks",
            "export again and deliver the file once it is complete",
        )
    if start.startswith("<"):
        return read_html(content, encoding, known, work)
    if _JSON.match(start):
        text = content if encoding == "utf-8" else as_utf8(content, encoding, work)
        read = read_json_lines if is_json_lines(text) else read_json
        return read(text, selectors, work, inside)
    return read_delimited(content, encoding, known, work)


def _start(path: Path, encoding: str) -> str:
    """The text from its first visible sign on, as far as one chunk goes."""
    starts = (chunk.lstrip(f"{BLANKS}\x00") for chunk in decoded_chunks(path, encoding))
    return next((start for start in starts if start), "")
