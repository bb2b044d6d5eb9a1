"""The quick way through a page: rows that hold nothing but cells of text, told by their spelling.

Here: the spelling of such a row; its cells, which are those the parser would find.
Not here: every other row, and where in a page a row may stand (`html.py`).
Explained in docs/decisions/0008-one-pass-from-text-to-rows.md.
"""

from __future__ import annotations

import re
from html import unescape

import polars as pl

from pipelines.ingestion.readers.model import Block
from pipelines.text import BLANKS

# Wider tables are rare, and such a long expression is no longer quick.
MAX_WIDTH = 500
_GAP = "[ \\t\\r\\n]*+"
# Attributes without colspan, rowspan and signs that may end the tag elsewhere than where it seems to end.
_ATTRIBUTES = r"""(?:[ \t\r\n](?:[^<>"'pP]++|[pP](?![aA][nN])|"[^<>"]*+"|'[^<>']*+')*+(?<!/))?"""
_CELL = f"<[tT][dDhH]{_ATTRIBUTES}>([^<]*+)</[tT][dDhH]>{_GAP}"
# References that every parser reads the same.
_STRANGE_REFERENCE = re.compile("&(?!(?:nbsp|amp|lt|gt|quot|apos|#39|#x27|#160);)")
_UNSQUEEZED = f"[{BLANKS.replace(' ', '')}]|  "


class PlainRow:
    """A row of so many cells of text, none of which covers others.

    Args:
        width: how many cells.
    """

    def __init__(self, width: int) -> None:
        row = f"{_GAP}<[tT][rR]{_ATTRIBUTES}>{_GAP}{_CELL * width}</[tT][rR]>"
        self._spelling = re.compile(row) if width <= MAX_WIDTH else None

    def cells(self, text: str, start: int) -> tuple[tuple[str, ...], int] | None:
        """The cells of the row that starts here, blanks as delivered, and where it ends."""
        found = self._spelling.match(text, start) if self._spelling else None
        if found is None:
            return None
        cells = found.groups()
        if text.find("&", start, found.end()) >= 0:
            if _STRANGE_REFERENCE.search(text, start, found.end()):
                return None
            cells = tuple(unescape(cell) if "&" in cell else cell for cell in cells)
        return cells, found.end()


def squeezed(block: Block) -> Block:
    """The block with each run of blanks as one space."""
    frame = block.frame
    is_odd = frame.select(pl.col(pl.String).str.contains(_UNSQUEEZED).any())
    odd = [name for name in is_odd.columns if is_odd[name].item()]
    return Block(frame.with_columns(pl.col(odd).str.replace_all(f"[{BLANKS}]+", " ")), block.others)
