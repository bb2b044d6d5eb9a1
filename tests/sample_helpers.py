"""Hand-made deliveries for the truth of the synthetic portal, shared by its unit tests."""

from datetime import datetime

import polars as pl

from pipelines.sample import truth
from pipelines.sample.calendar import WorkingCalendar
from pipelines.sample.limits import Law
from pipelines.sample.options import CALENDAR

CUT = datetime(2026, 11, 1, 7, 30)
_LIMITS = {"procedure_code": pl.String, "limit_count": pl.Int64, "limit_unit": pl.String}


def law(
    labels: dict[str, tuple[int, str]], channels: dict[tuple[str, str], tuple[int, str]] | None = None
) -> Law:
    """Limits as (count, unit) by procedure, and by procedure and channel."""
    by_channel = [(*key, *limit) for key, limit in (channels or {}).items()]
    names = {"procedure_code": pl.String, "channel_code": pl.String} | _LIMITS
    return Law(
        pl.DataFrame(by_channel, schema=names, orient="row"),
        pl.DataFrame([(code, *limit) for code, limit in labels.items()], schema=_LIMITS, orient="row"),
        WorkingCalendar.read(CALENDAR),
    )


THREE_DAYS = law({"1.000001": (3, "working_day")})


def said(**changes: object) -> dict[str, object]:
    """One delivered row of a dossier that was received, promised and returned in time."""
    row: dict[str, object] = {
        "source_system": "nghean_tandan", "dossier_code": "H41.1-240102-0001", "agency_code": None,
        "agency_name": "UBND xã A", "agency_resolved": "1", "procedure_code": None, "procedure_name": "P",
        "procedure_resolved": "1.000001", "status_code": "returned", "channel_code": None,
        "applied_at": datetime(2024, 1, 2, 8), "received_at": datetime(2024, 1, 2, 9),
        "due_at": datetime(2024, 1, 5, 9), "has_due_time": True, "finished_at": datetime(2024, 1, 4, 9),
        "has_finished_time": True, "returned_at": None, "stated_outcome_code": None,
        "supplement_request_count": None, "supplement_requested_at": None, "supplement_completed_at": None,
        "extension_count": None, "apologised_at": None, "quarantine_reason": None, "is_repeat": False,
        "file_name": "a", "row_number": 1, "observed_at": CUT,
    }  # fmt: skip
    return row | changes


def concluded(*rows: dict[str, object], limits: Law = THREE_DAYS) -> tuple[pl.DataFrame, set[str]]:
    """The last word on the dossiers, and every rule that is broken."""
    texts = (
        "agency_code", "procedure_code", "procedure_resolved", "channel_code", "quarantine_reason",
        "stated_outcome_code",
    )  # fmt: skip
    stamps = (
        "applied_at", "received_at", "due_at", "finished_at", "returned_at", "supplement_requested_at",
        "supplement_completed_at", "apologised_at",
    )  # fmt: skip
    types = dict.fromkeys(texts, pl.String) | dict.fromkeys(stamps, pl.Datetime("us"))
    types |= dict.fromkeys(("supplement_request_count", "extension_count"), pl.Int64)
    frame = pl.DataFrame(rows, schema_overrides=types, infer_schema_length=None).lazy()
    last = truth.conclude(frame, limits)
    no_ratings = pl.DataFrame(schema={"source_system": pl.String, "dossier_code": pl.String})
    return last, set(truth.flag(frame, last, no_ratings)["rule_id"])
