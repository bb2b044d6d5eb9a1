"""The processing log as systems send it to the national portal: JSON, moments as digits (V17, domain.md §4).

Here: the record and its moments.
Not here: which steps there are (`steps.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.sample.calendar import NEVER
from pipelines.sample.exporting import Exported, compress
from pipelines.sample.options import parameters
from pipelines.sample.people import people

if TYPE_CHECKING:
    from datetime import datetime

_DAY, _MINUTE = "%Y%m%d", "%Y%m%d%H%M%S"


def _printed(moment: str, form: str = _MINUTE) -> pl.Expr:
    stamp = (pl.col(moment) * 1_000_000).cast(pl.Datetime("us")).dt.strftime(form)
    return pl.when(pl.col(moment) < NEVER).then(stamp)


def _record(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "MaHoSo": row["dossier_code"],
        "NguoiXuLy": row["officer_name"],
        "ThoiDiemXuLy": row["ended"],
        "PhongBanXuLy": row["department_name"],
        "NoiDungXuLy": f"{row['officer_name']} xử lý",
        "TrangThai": row["status"],
        "NgayBatDau": row["started"],
        "NgayKetThucTheoQuyDinh": row["due"],
    }


def log_cells(steps: pl.DataFrame) -> pl.DataFrame:
    """The steps as text: dossier_code, department_name, officer_name, status, started, ended, due."""
    numbers = {word: texts[0] for word, texts in parameters("world")["words"]["status"].items()}
    due = pl.when("has_due_time").then(_printed("due")).otherwise(_printed("due", _DAY))
    return steps.select(
        "dossier_code",
        "department_name",
        officer_name=people(steps["officer"])["name"],
        status=pl.col("status_code").replace_strict(numbers),
        started=_printed("started"),
        ended=_printed("ended"),
        due=due,
    )


def export_log(steps: pl.DataFrame, observed_at: datetime) -> Exported:
    """Write the steps known at a moment.

    Args:
        steps: what `known_by` returned, at least one row.
        observed_at: moment of extraction, local wall clock.

    Returns:
        A gzipped JSON list named like `tien-trinh-xu-ly 20260901T003000.json.gz`.
    """
    cells = log_cells(steps)
    records = [_record(row) for row in cells.iter_rows(named=True)]
    text = json.dumps(records, ensure_ascii=False, separators=(",", ":"))
    return Exported(
        file_name=f"tien-trinh-xu-ly {observed_at:%Y%m%dT%H%M%S}.json.gz",
        content=compress(text.encode()),
        rows=cells,
        row_numbers=list(range(1, cells.height + 1)),
        not_records=0,
    )
