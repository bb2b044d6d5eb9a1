"""The registers as files: the agency register, the procedure catalogue and its limits.

Here: the CSV files of kinds `agencies`, `procedures` and `procedure_limits`.
Not here: what is in them (`registers.py`).
Explained in data/sample/SOURCES.md.
"""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING

from pipelines.sample.exporting import Exported, compress

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

_EXTRACTED = "2026-07-01"  # the register is delivered under the day the catalogue was read
_AGENCY_COLUMNS = (
    "agency_code", "agency_name", "agency_level", "parent_agency_code", "parent_agency_name",
    "valid_from_date", "valid_to_date", "successor_agency_code", "change_label", "evidence_label",
)  # fmt: skip


def export_agencies(register: pl.DataFrame) -> Exported:
    """Write every span of the register, ordered by code and start."""
    rows = register.select(_AGENCY_COLUMNS)
    return Exported(
        file_name=f"danh-muc-co-quan-nghe-an {_EXTRACTED}.csv.gz",
        content=compress(rows.write_csv().encode()),
        rows=rows,
        row_numbers=list(range(2, rows.height + 2)),
        not_records=1,
    )


def unchanged(real: Path) -> tuple[bytes, int]:
    """A real list as it is handed on: bytes, number of records."""
    content = real.read_bytes()
    lines = csv.reader(io.StringIO(gzip.decompress(content).decode("utf-8-sig"), newline=""))
    return content, sum(1 for _ in lines) - 1
