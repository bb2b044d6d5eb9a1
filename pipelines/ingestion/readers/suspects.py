"""Which lines of a delimited text may be odd, found on its bytes: too many perhaps, never too few.

Here: blocks of whole lines, counted and searched as arrays of bytes.
Not here: the verdict on a suspect (`sound_lines.py`), which is costly and so is asked of few lines.
Explained in docs/decisions/0008-one-pass-from-text-to-rows.md.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.ingestion.readers.spool import REPLACEMENT
from pipelines.text import BLANKS

# Arrays of this size stay in a core's cache.
BLOCK_BYTES = 1 << 19
AHEAD = 4
# Bytes of the first title that a line must share with it to be suspected of repeating the titles.
TITLE_BYTES = 4
# The marks Vietnamese letters decompose into: five tones, circumflex, breve, horn.
MARKS = "\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b"
_MARKS = re.compile("|".join(MARKS).encode())
_NEWLINE, _RETURN, _TAB, _QUOTE, _SPACE = b'\n\r\t" '
_FIRST_VISIBLE = 32
# Blanks other than the space from U+0085 on, by the byte they start with.
_RARE_BLANKS = {
    b"\xc2": re.compile(rb"\xc2[\x85\xa0]"),
    b"\xe2": re.compile(rb"\xe2(?:\x80[\x80-\x8b\xa8\xa9\xaf]|\x81\x9f)"),
    b"\xe3": re.compile(rb"\xe3\x80\x80"),
    b"\xef": re.compile(rb"\xef\xbb\xbf"),
    b"\xe1\x9a\x80": re.compile(rb""),
}
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """What is known of some consecutive lines.

    Attributes:
        lines: how many there are.
        suspects: place among them and text, without line end, of those that may be odd.
        has_marks: whether combining marks may occur.
        blanks: the signs that may stand at the ends of a cell.
    """

    lines: int
    suspects: list[tuple[int, bytes]]
    has_marks: bool
    blanks: str


class Net:
    """The search for lines that may be odd.

    Args:
        delimiter: the sign between cells.
        width: cells a record has.
        run: so many delimiters side by side make a line suspect; 0 for none.
        title: the first title as delivered.
    """

    def __init__(self, delimiter: str, width: int, run: int, title: str) -> None:
        self._sign = ord(delimiter)
        self._width = width
        self._run = run
        self._title = title.encode()[:TITLE_BYTES]
        self._first = _flags(delimiter, ' \t\n\r\v\f"[(1aAtTcCgGsS') | _flags("\xc2\xc5\xe1\xe2\xe3")
        if '"' in title:
            self._title = b""
        high = "".join(map(chr, range(128, 256)))
        self._second = {
            ord(first): _flags(second)
            for firsts, second in (
                ("1aA", f'])" \t\n\r\v\f{delimiter}{high}'),
                ("tTcC", f"oO{high}"),
                ("gG", "rR"),
                ("sS", "uU"),
                ("\xe1", "\x9a"),
            )
            for first in firsts
        }

    def over(self, text: Path, after: int) -> Iterator[Block]:
        """The blocks of a file below its first lines.

        Raises:
            UnicodeDecodeError: when the bytes are not UTF-8.
        """
        with text.open("rb") as file, ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in range(after):
                file.readline().decode()
            waiting: deque[Future[Block]] = deque()
            for content in _blocks(file):
                waiting.append(pool.submit(self._block, content))
                if len(waiting) > AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _block(self, content: bytes) -> Block:
        _refuse_unless_utf8(content)
        signs = np.frombuffer(content, np.uint8)
        is_quoted = b'"' in content
        found = (signs == self._sign) | (signs == _NEWLINE)
        if is_quoted:
            found |= signs == _QUOTE
        places = np.flatnonzero(found)
        kinds = signs[places]
        at_ends = np.flatnonzero(kinds == _NEWLINE)
        ends = places[at_ends]
        suspects = self._starts_oddly(signs, ends)
        if is_quoted:
            is_inside = (np.cumsum(kinds == _QUOTE) & 1).astype(np.bool_)
            suspects |= self._is_quoted_oddly(signs, places, kinds, is_inside)
        else:
            suspects |= np.diff(at_ends, prepend=-1) != self._width
        if self._run:
            signs_only = places[kinds == self._sign] if is_quoted else places
            first, last = signs_only[: 1 - self._run], signs_only[self._run - 1 :]
            _mark(suspects, ends, first[last - first == self._run - 1])
        if b"\x01" in content:
            suspects[:] = True
        for bad in re.finditer(REPLACEMENT.encode(), content) if b"\xef" in content else ():
            suspects[np.searchsorted(ends, bad.start())] = True
        borders = places
        if is_quoted and not is_inside[at_ends].any():  # a delimiter inside quotes is no border
            borders = places[~is_inside | (kinds == _QUOTE)]
        numbers = np.flatnonzero(suspects)
        starts = np.concatenate(([0], ends[:-1] + 1))
        spans = zip(numbers.tolist(), starts[numbers].tolist(), ends[numbers].tolist(), strict=True)
        return Block(
            lines=len(ends),
            suspects=[(number, content[start:end].removesuffix(b"\r")) for number, start, end in spans],
            has_marks=b"\xcc" in content and _MARKS.search(content) is not None,
            blanks=self._blanks(content, signs, borders, len(ends)),
        )

    def _starts_oddly(self, signs: npt.NDArray[np.uint8], ends: Places) -> Flags:
        """Lines that start as a total, a row of column numbers, a blank row or the titles may."""
        last = len(signs) - 1
        starts = np.concatenate(([0], ends[:-1] + 1))
        starts = np.minimum(starts + (signs[starts] == _QUOTE), last)
        first, second = signs[starts], signs[np.minimum(starts + 1, last)]
        suspects: Flags = self._first[first]
        for sign, following in self._second.items():
            suspects &= (first != sign) | following[second]
        if self._title:
            alike = np.ones(len(starts), np.bool_)
            for offset, sign in enumerate(self._title):
                alike &= signs[np.minimum(starts + offset, last)] == sign
            suspects |= alike
        else:
            suspects |= signs[np.concatenate(([0], ends[:-1] + 1))] == _QUOTE
        return suspects

    def _is_quoted_oddly(
        self, signs: npt.NDArray[np.uint8], places: Places, kinds: npt.NDArray[np.uint8], is_inside: Flags
    ) -> Flags:
        """Lines with another number of cells, or with a quote that is not around a whole cell."""
        is_quote, at_ends = kinds == _QUOTE, np.flatnonzero(kinds == _NEWLINE)
        if is_inside[at_ends].any():
            return np.ones(len(at_ends), np.bool_)  # a quote runs over lines
        outside = np.cumsum((kinds == self._sign) & ~is_inside)[at_ends]
        suspects: Flags = np.diff(outside, prepend=0) != self._width - 1
        ends = places[at_ends]
        opening, closing = places[is_quote & is_inside], places[is_quote & ~is_inside]
        before = np.where(opening > 0, signs[opening - 1], _NEWLINE)
        after = signs[closing + 1]
        is_return = (after == _RETURN) & (signs[np.minimum(closing + 2, len(signs) - 1)] == _NEWLINE)
        _mark(suspects, ends, opening[~self._is_border(before)])
        _mark(suspects, ends, closing[~(self._is_border(after) | is_return)])
        return suspects

    def _is_border(self, signs: npt.NDArray[np.uint8]) -> Flags:
        border: Flags = (signs == self._sign) | (signs == _NEWLINE) | (signs == _QUOTE)
        return border

    def _blanks(self, content: bytes, signs: npt.NDArray[np.uint8], borders: Places, lines: int) -> str:
        """Which blanks may stand beside a border of a cell: none, the space, or any."""
        low = int(np.count_nonzero(signs < _FIRST_VISIBLE)) - lines
        if low:
            low -= content.count(b"\r\n")
            if self._sign == _TAB and b'"' not in content:
                low -= content.count(b"\t")
        if low or any(lead in content and blank.search(content) for lead, blank in _RARE_BLANKS.items()):
            return BLANKS
        before = signs[np.maximum(borders - 1, 0)] == _SPACE
        after = signs[np.minimum(borders + 1, len(signs) - 1)] == _SPACE
        is_beside = signs[0] == _SPACE or before.any() or after.any() or b" \r\n" in content
        return " " if is_beside else ""


def _flags(*signs: str) -> Flags:
    """Which of the 256 bytes are among these."""
    flags = np.zeros(256, np.bool_)
    flags[list("".join(signs).encode("latin-1"))] = True
    return flags


def _mark(suspects: Flags, ends: Places, places: Places) -> None:
    suspects[np.searchsorted(ends, places)] = True


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """The rest of a file in blocks of whole lines; a last line without an end is given one."""
    while content := file.read(BLOCK_BYTES):
        if not content.endswith(b"\n"):
            content += file.readline()
        yield content if content.endswith(b"\n") else content + b"\n"


def _refuse_unless_utf8(content: bytes) -> None:
    try:
        pl.Series([content], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        content.decode()  # raises the error that says what it is
