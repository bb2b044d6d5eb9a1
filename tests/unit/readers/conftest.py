"""Reads what a test wrote, as ingestion does."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from pipelines.ingestion.readers import TextTable, read_table
from tests.unit.readers.grids import KNOWN, SELECTORS

Read = Callable[..., TextTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write bytes or text to a file and read it as a table."""

    def reading(
        content: bytes | str, known: Collection[str] = KNOWN, name: str = "delivery.xls"
    ) -> TextTable:
        path, work = tmp_path / name, tmp_path / "work"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        work.mkdir(exist_ok=True)
        return read_table(path, known, work, SELECTORS)

    return reading
