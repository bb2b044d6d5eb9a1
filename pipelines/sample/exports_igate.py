"""Dossiers as the iGate platform hands them out: JSON, names by language, moments in UTC (V15, domain.md §4).

Here: the nested record and its moments.
Not here: what the rows say (`deliveries.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.sample.exporting import Exported, compress, misspelt, overridden, words

if TYPE_CHECKING:
    from pipelines.sample.exporting import Sheet

_VIETNAMESE = 228
_MOMENTS = (
    "applied_at", "received_at", "due_at", "finished_at", "supplement_requested_at",
    "supplement_completed_at",
)  # fmt: skip


def _in_utc(column: str) -> pl.Expr:
    """Local wall clock as the platform prints it, `2024-01-03T02:15:00.000+0000`."""
    utc = pl.col(column).dt.replace_time_zone("Asia/Ho_Chi_Minh").dt.convert_time_zone("UTC")
    return overridden(column, utc.dt.strftime("%Y-%m-%dT%H:%M:%S.000+0000"))


def _names(text: str | None) -> list[dict[str, Any]]:
    return [{"languageId": _VIETNAMESE, "name": text}] if text else []


def _level(channel: str | None) -> str:
    return "Toàn trình" if channel == "Trực tuyến" else "Một phần"


def _requirement(row: dict[str, Any]) -> dict[str, Any] | None:
    if row["supplement_request_count"] is None:
        return None
    return {
        "count": row["supplement_request_count"],
        "firstRequestedDate": row["supplement_requested_at"],
        "lastCompletedDate": row["supplement_completed_at"] or None,
    }


def _record(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": row["dossier_code"],
        "applicant": {
            "data": {
                "fullname": row["submitter"],
                "ownerFullname": row["name"],
                "identityNumber": row["id_number"],
                "phoneNumber": row["phone"],
                "email": row["email"],
                "address": row["address"],
            }
        },
        "procedure": {
            "code": row["procedure_code"],
            "translate": _names(row["procedure_name"]),
            "sector": {"name": _names(row["field_name"])},
        },
        "agency": {"parent": {"code": row["agency_code"], "name": _names(row["agency_name"])}},
        "applyMethod": {"name": _names(row["channel_code"])},
        "procedureLevel": {"name": _names(_level(row["channel_code"]))},
        "appliedDate": row["applied_at"] or None,
        "acceptedDate": row["received_at"] or None,
        "appointmentDate": row["due_at"] or None,
        "completedDate": row["finished_at"] or None,
        "additionalRequirement": _requirement(row),
        "dossierStatus": {"name": _names(row["status_code"])},
    }


def export_igate(sheet: Sheet) -> Exported:
    r"""Write one month's dossiers.

    Returns:
        A gzipped JSON document `{"content": [...]}` named like `igate-ho-so 20240201T003000.json.gz`.
        Every fifth month its letters are written as `\uXXXX`. Row numbers count the elements.
    """
    cells = sheet.rows.select(
        "dossier_code",
        "procedure_code",
        "procedure_name",
        "field_name",
        "agency_code",
        "name",
        "submitter",
        "id_number",
        "phone",
        "email",
        "address",
        "supplement_request_count",
        *[_in_utc(column) for column in _MOMENTS],
        agency_name=misspelt(pl.col("agency_name"), (~pl.col("is_repeat")).cum_sum()),
        channel_code=words("channel_code", 1),
        status_code=words("status_code", 1),
    )
    document = {"content": [_record(row) for row in cells.iter_rows(named=True)], "last": True}
    text = json.dumps(document, ensure_ascii=sheet.month.month % 5 == 0, separators=(",", ":"))
    return Exported(
        file_name=f"igate-ho-so {sheet.observed_at:%Y%m%dT%H%M%S}.json.gz",
        content=compress(text.encode()),
        rows=sheet.rows,
        row_numbers=list(range(1, sheet.rows.height + 1)),
        not_records=0,
    )
