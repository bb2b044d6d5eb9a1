"""What a portal says about its dossiers when a month is over.

Here: the rows of one month's export, typed, before any fault and before any file format.
Not here: how a dossier lives (`lives.py`), how a row is printed (`exports_*.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from pipelines.sample.calendar import NEVER, OutsideCalendar

if TYPE_CHECKING:
    from pipelines.sample.lives import Month
    from pipelines.sample.offices import Desk

EVENTS = (
    "applied", "received", "asked_1", "answered_1", "asked_2", "answered_2", "extended", "apologised",
    "ended", "returned",
)  # fmt: skip
NAMES_ONLY = ("nghean_tandan",)
PRINTS_VERDICT = ("nghean_land", "nghean_one_stop")
# columns a portal's export does not have
_NOT_PRINTED = {
    "nghean_tandan": (
        "returned_at", "supplement_request_count", "supplement_requested_at", "supplement_completed_at",
        "extension_count", "apologised_at",
    ),
    "nghean_igate": ("returned_at", "extension_count", "apologised_at"),
    "nghean_land": (),
    "nghean_one_stop": (),
}  # fmt: skip
_HAS_RESULT = ("finished", "returned")


def _before(name: str, end: int) -> pl.Expr:
    return pl.col(name) < end


def _stamp(moment: str | pl.Expr, said: pl.Expr) -> pl.Expr:
    """The moment as a timestamp where the portal says it, else null."""
    second = pl.col(moment) if isinstance(moment, str) else moment
    return pl.when(said & (second < NEVER)).then((second * 1_000_000).cast(pl.Datetime("us")))


def _status(end: int) -> pl.Expr:
    """State before a moment, in the words of the kind."""
    waiting = (_before("asked_1", end) & ~_before("answered_1", end)) | (
        _before("asked_2", end) & ~_before("answered_2", end)
    )
    half = pl.col("received") + (pl.col("due_0") - pl.col("received")) // 2
    return (
        pl.when(_before("ended", end) & (pl.col("ending") != "finished")).then("ending")
        .when(_before("returned", end)).then(pl.lit("returned"))
        .when(_before("ended", end)).then(pl.lit("finished"))
        .when(~_before("received", end)).then(pl.lit("registered"))
        .when(waiting).then(pl.lit("supplement_requested"))
        .when(pl.col("is_paid_late") & (half < end)).then(pl.lit("payment_requested"))
        .when(pl.col("received") >= end - 86_400).then(pl.lit("received"))
        .otherwise(pl.lit("processing"))
    )  # fmt: skip


def deliver_month(
    portal: str, lives: pl.DataFrame, desk: Desk, month: Month
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of one month's export, and the dossiers that still have something ahead of them.

    Args:
        portal: source system.
        lives: dossiers applied for up to this month and not yet at rest.
        desk: agencies and procedures of the portal.
        month: the month that is over.

    Returns:
        The rows (one a dossier with an event in the month; `true_code`, the canonical columns of kind
        dossiers as the portal delivers them, `person`, `agency_until` and `procedure_resolved`, the
        catalogue's code that can be told from them), and the lives to hand to the next month.

    Raises:
        OutsideCalendar: a promise lies beyond the working calendar.
    """
    eventful = pl.any_horizontal((pl.col(name) >= month.start) & _before(name, month.end) for name in EVENTS)
    ahead = pl.any_horizontal((pl.col(name) >= month.end) & (pl.col(name) < NEVER) for name in EVENTS)
    return tell(portal, lives.filter(eventful), desk, month.end), lives.filter(ahead)


def tell(portal: str, lives: pl.DataFrame, desk: Desk, end: int) -> pl.DataFrame:
    """What a portal says of dossiers at a moment: one row each, as `deliver_month` describes them.

    Args:
        portal: source system.
        lives: dossiers to tell of, each applied for before the moment.
        desk: agencies and procedures of the portal.
        end: the moment, in seconds of the local wall clock; nothing that happens later is said.

    Raises:
        OutsideCalendar: a promise lies beyond the working calendar.
    """
    due = (
        pl.when(_before("extended", end)).then("due_extended")
        .when(_before("answered_2", end)).then("due_2")
        .when(_before("answered_1", end)).then("due_1")
        .otherwise("due_0")
    )  # fmt: skip
    told = lives.with_columns(status_code=_status(end), due=due)
    accepted = _before("received", end)
    if told.filter(accepted & (pl.col("due") >= NEVER)).height:
        last_day = date(1970, 1, 1) + timedelta(seconds=end - 1)
        raise OutsideCalendar(
            f"{portal}: a dossier of {last_day:%Y-%m} is promised beyond the working calendar "
            "→ end earlier, or add the next year to calendar_exceptions.csv"
        )
    stop_with_end = (pl.col("status_code") == "stopped") & pl.col("stop_has_end")
    has_end = _before("ended", end) & (pl.col("status_code").is_in(_HAS_RESULT) | stop_with_end)
    ended = _stamp("ended", has_end)
    rows = told.select(
        "person",
        source_system=pl.lit(portal),
        true_code="dossier_code",
        dossier_code="dossier_code",
        office="office",
        service="service",
        status_code="status_code",
        channel_code="channel",
        applied_at=_stamp("applied", pl.lit(value=True)),
        received_at=_stamp("received", accepted),
        due_at=_stamp("due", accepted),
        has_due_time="has_due_time",
        finished_at=pl.when("has_end_time").then(ended).otherwise(ended.dt.truncate("1d")),
        has_finished_time="has_end_time",
        returned_at=_stamp("returned", _before("returned", end)),
        **_letters(end),
    )
    offices = desk.offices.select(
        "office",
        "agency_code",
        "agency_name",
        "parent_agency_name",
        agency_until="valid_to_date",
    )
    services = desk.services.select(
        "service", "procedure_code", "procedure_name", "field_name", "code_by_name"
    )
    named = rows.join(offices, on="office", how="left", maintain_order="left").join(
        services, on="service", how="left", maintain_order="left"
    )
    return _as_delivered(portal, named.drop("office", "service"))


def _letters(end: int) -> dict[str, pl.Expr]:
    """What has been asked of the citizen, put off and apologised for so far; null for nothing."""
    asked = _before("asked_1", end).cast(pl.Int64) + _before("asked_2", end).cast(pl.Int64)
    completed = pl.when(_before("asked_2", end)).then("answered_2").otherwise("answered_1")
    return {
        "supplement_request_count": pl.when(asked > 0).then(asked),
        "supplement_requested_at": _stamp("asked_1", _before("asked_1", end)),
        "supplement_completed_at": _stamp(completed, completed < end),
        "extension_count": pl.when(_before("extended", end)).then(pl.lit(1, dtype=pl.Int64)),
        "apologised_at": _stamp("apologised", _before("apologised", end)),
    }


def with_verdict(rows: pl.DataFrame, portal: str) -> pl.DataFrame:
    """Add `stated_outcome_code`, the portal's own verdict: by date, from what the row says, faults included.

    Only the land register and the one-stop portal print one, and only for closed dossiers; without a promise
    nothing is late to them.
    """
    end, due = pl.col("finished_at").dt.date(), pl.col("due_at").dt.date()
    verdict = (
        pl.when(pl.lit(portal not in PRINTS_VERDICT) | end.is_null()).then(None)
        .when(due.is_null() | (end == due)).then(pl.lit("on_time"))
        .when(end < due).then(pl.lit("early"))
        .otherwise(pl.lit("late"))
    )  # fmt: skip
    return rows.with_columns(stated_outcome_code=verdict)


def _as_delivered(portal: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out what the portal's export has no column for; Tân Dân's list knows names only."""
    rows = rows.with_columns(pl.lit(None, rows.schema[name]).alias(name) for name in _NOT_PRINTED[portal])
    if portal not in NAMES_ONLY:
        return rows.with_columns(procedure_resolved="procedure_code").drop("code_by_name")
    nothing = pl.lit(None, dtype=pl.String)
    return rows.rename({"code_by_name": "procedure_resolved"}).with_columns(
        agency_code=nothing, procedure_code=nothing, channel_code=nothing
    )
