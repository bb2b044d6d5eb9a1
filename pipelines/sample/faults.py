"""What goes wrong in real exports, one function a fault.

Here: each fault changes the rows it is told to hit and writes on them what a perfect pipeline must
do: `quarantine_reason` and `quarantine_column`, or nothing where the row is accepted and the truth is
judged from what it now says (`truth.py`).
Not here: rates (`faults.yaml`), faults of ratings (`ratings.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.sample.options import ONE_STOP, PORTALS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pipelines.sample.options import GenerateOptions

TANDAN, IGATE, LAND = PORTALS
_CODED = (IGATE, LAND)  # portals that deliver codes of agencies and procedures
_EVERYWHERE = (*PORTALS, ONE_STOP)
_OPEN_WORDS = ("registered", "not_received", "withdrawn")
_HALTED = ("withdrawn", "stopped")
_RESULT = ("finished", "returned")


@dataclass(frozen=True)
class Hit:
    """Where a fault strikes.

    Attributes:
        rows: the rows that get it, with `days` (1 to 9), a draw for faults that shift a date.
        portal: source system.
        observed_at: moment of extraction of the file.
    """

    rows: pl.DataFrame
    portal: str
    observed_at: datetime


@dataclass(frozen=True)
class Fault:
    """A fault: which rows it may hit, on which portals, and what it does to them."""

    suits: pl.Expr
    inject: Callable[[Hit], pl.DataFrame]
    portals: tuple[str, ...] = PORTALS


_received = pl.col("received_at").is_not_null()
_finished = pl.col("finished_at").is_not_null()
_days = pl.duration(days=pl.col("days"))
_clock = pl.duration(minutes=pl.col("days") * 17 + 5)


def _quarantined(reason: str, column: str | None) -> list[pl.Expr]:
    return [
        pl.lit(reason).alias("quarantine_reason"),
        pl.lit(column, dtype=pl.String).alias("quarantine_column"),
    ]


def inject_untypable_date(hit: Hit) -> pl.DataFrame:
    """A receipt that is no moment."""
    text = {
        TANDAN: "31/02/2025 08:15:00",
        IGATE: "Invalid date",
        LAND: "32/01/2025 08:15",
        ONE_STOP: "31/02/2025 08:15:00",
    }[hit.portal]
    return hit.rows.with_columns(
        *_quarantined("bad_timestamp", "received_at"),
        override_column=pl.lit("received_at"),
        override_text=pl.lit(text),
    )


def inject_missing_dossier_code(hit: Hit) -> pl.DataFrame:
    """A record without the code it is known by."""
    return hit.rows.with_columns(
        *_quarantined("missing_key", "dossier_code"), dossier_code=pl.lit(None, dtype=pl.String)
    )


def inject_mistyped_year(hit: Hit) -> pl.DataFrame:
    """A receipt in 2004 instead of 2024: before anything the portal can hold."""
    return hit.rows.with_columns(
        *_quarantined("date_out_of_range", "received_at"),
        received_at=pl.col("received_at").dt.offset_by("-20y"),
    )


def inject_ragged_line(hit: Hit) -> pl.DataFrame:
    """A note with a comma that was not put in quotes."""
    return hit.rows.with_columns(*_quarantined("ragged_row", None), is_ragged=pl.lit(value=True))


def _with_twins(rows: pl.DataFrame, **changes: pl.Expr) -> pl.DataFrame:
    """Each row, and behind it a second one; the second is the fault."""
    twins = rows.with_columns(twin=pl.lit(1, dtype=pl.Int8), **changes)
    return pl.concat([rows.with_columns(fault=pl.lit(None, dtype=pl.String)), twins])


def inject_exact_repeat(hit: Hit) -> pl.DataFrame:
    """The same record printed twice."""
    return _with_twins(hit.rows, is_repeat=pl.lit(value=True))


def inject_conflicting_duplicate(hit: Hit) -> pl.DataFrame:
    """The same dossier a second time with another promise; the later line is the newer one."""
    return _with_twins(hit.rows, due_at=pl.col("due_at") + pl.duration(days=1))


def inject_missing_due(hit: Hit) -> pl.DataFrame:
    """Accepted, and nothing promised."""
    return hit.rows.with_columns(due_at=pl.lit(None, dtype=pl.Datetime("us")))


def inject_missing_procedure(hit: Hit) -> pl.DataFrame:
    """Nobody knows what was asked for."""
    nothing = pl.lit(None, dtype=pl.String)
    return hit.rows.with_columns(procedure_code=nothing, procedure_name=nothing, procedure_resolved=nothing)


def inject_missing_agency(hit: Hit) -> pl.DataFrame:
    """Nobody knows who received it."""
    nothing = pl.lit(None, dtype=pl.String)
    return hit.rows.with_columns(agency_code=nothing, agency_name=nothing)


def inject_missing_end(hit: Hit) -> pl.DataFrame:
    """Closed, and no word on when."""
    return hit.rows.with_columns(finished_at=pl.lit(None, dtype=pl.Datetime("us")))


def inject_missing_receipt(hit: Hit) -> pl.DataFrame:
    """In work, and no word on since when."""
    return hit.rows.with_columns(received_at=pl.lit(None, dtype=pl.Datetime("us")))


def inject_end_before_receipt(hit: Hit) -> pl.DataFrame:
    """A result before there was a request."""
    end = pl.col("received_at") - _days
    return hit.rows.with_columns(finished_at=end, has_finished_time=pl.lit(value=True))


def inject_receipt_in_future(hit: Hit) -> pl.DataFrame:
    """Received after the list was printed."""
    return hit.rows.with_columns(received_at=pl.lit(hit.observed_at) + _days + _clock)


def inject_end_in_future(hit: Hit) -> pl.DataFrame:
    """Finished after the list was printed."""
    end = pl.lit(hit.observed_at) + _days + _clock
    return hit.rows.with_columns(finished_at=end, has_finished_time=pl.lit(value=True))


def inject_due_before_receipt(hit: Hit) -> pl.DataFrame:
    """A promise for a day that was over when the dossier came."""
    received = pl.col("received_at")
    due = pl.when("has_due_time").then(received).otherwise(received.dt.truncate("1d"))
    return hit.rows.with_columns(due_at=due - _days)


def inject_receipt_before_application(hit: Hit) -> pl.DataFrame:
    """Received days before it was handed in."""
    return hit.rows.with_columns(applied_at=pl.col("received_at") + _days)


def inject_unknown_agency(hit: Hit) -> pl.DataFrame:
    """An agency nobody has in a register."""
    number = pl.col("days").cast(pl.String)
    code = pl.lit("H41.99.") + number if hit.portal in _CODED else pl.lit(None, dtype=pl.String)
    return hit.rows.with_columns(agency_code=code, agency_name=pl.lit("Đơn vị thử nghiệm số ") + number)


def inject_unknown_procedure(hit: Hit) -> pl.DataFrame:
    """A procedure code the catalogue does not have."""
    return hit.rows.with_columns(
        procedure_code=pl.lit("9.90012") + pl.col("days").cast(pl.String),
        procedure_resolved=pl.lit(None, dtype=pl.String),
    )


def inject_unmapped_status(hit: Hit) -> pl.DataFrame:
    """A state no code map knows."""
    return hit.rows.with_columns(status_code=pl.lit("unmapped"))


def inject_unmapped_channel(hit: Hit) -> pl.DataFrame:
    """A way of handing in no code map knows."""
    return hit.rows.with_columns(channel_code=pl.lit("unmapped"))


def inject_malformed_dossier_code(hit: Hit) -> pl.DataFrame:
    """A code with slashes for dashes: to a computer another dossier."""
    return hit.rows.with_columns(dossier_code=pl.col("dossier_code").str.replace_all("-", "/", literal=True))


FAULTS: dict[str, Fault] = {
    "untypable_date": Fault(_received, inject_untypable_date, _EVERYWHERE),
    "missing_dossier_code": Fault(pl.lit(value=True), inject_missing_dossier_code, _EVERYWHERE),
    "mistyped_year": Fault(_received, inject_mistyped_year, _EVERYWHERE),
    "ragged_line": Fault(pl.lit(value=True), inject_ragged_line, (LAND,)),
    "exact_repeat": Fault(pl.lit(value=True), inject_exact_repeat, _EVERYWHERE),
    "conflicting_duplicate": Fault(_received, inject_conflicting_duplicate),
    "missing_due": Fault(_received & ~pl.col("status_code").is_in(_HALTED), inject_missing_due, _EVERYWHERE),
    "missing_procedure": Fault(pl.lit(value=True), inject_missing_procedure),
    "missing_agency": Fault(pl.lit(value=True), inject_missing_agency),
    "missing_end": Fault(pl.col("status_code").is_in(_RESULT), inject_missing_end),
    "missing_receipt": Fault(_received & ~pl.col("status_code").is_in(_OPEN_WORDS), inject_missing_receipt),
    "end_before_receipt": Fault(_received & _finished, inject_end_before_receipt),
    "receipt_in_future": Fault(_received & pl.col("agency_until").is_null(), inject_receipt_in_future),
    "end_in_future": Fault(_received & _finished, inject_end_in_future),
    "due_before_receipt": Fault(_received, inject_due_before_receipt),
    "receipt_before_application": Fault(_received, inject_receipt_before_application),
    "unknown_agency": Fault(pl.lit(value=True), inject_unknown_agency),
    "unknown_procedure": Fault(pl.lit(value=True), inject_unknown_procedure, _CODED),
    "unmapped_status": Fault(_received, inject_unmapped_status),
    "unmapped_channel": Fault(pl.lit(value=True), inject_unmapped_channel, _CODED),
    "malformed_dossier_code": Fault(pl.lit(value=True), inject_malformed_dossier_code),
}


def inject_faults(
    rows: pl.DataFrame, portal: str, observed_at: datetime, options: GenerateOptions, rng: np.random.Generator
) -> pl.DataFrame:
    """Strike the rows of one file, at most one fault a row.

    Args:
        rows: what `deliver_month` returned.
        portal: source system.
        observed_at: moment of extraction.
        options: rates.
        rng: source of the draws.

    Returns:
        The rows in their order, repeats behind their originals, with `fault`, `quarantine_reason`,
        `quarantine_column`, `override_column`, `override_text`, `is_repeat`, `is_ragged` added.
    """
    chance = rng.random(rows.height)
    drawn = np.full(rows.height, -1)
    low = 0.0
    for number, (name, fault) in enumerate(FAULTS.items()):
        if portal in fault.portals:
            high = low + options.rate(name)
            drawn[(chance >= low) & (chance < high)] = number
            low = high
    nothing = pl.lit(None, dtype=pl.String)
    ready = rows.with_columns(
        drawn=pl.Series(drawn),
        days=pl.Series(1 + (rng.random(rows.height) * 9).astype(np.int64)),
        position=pl.int_range(pl.len()),
        twin=pl.lit(0, dtype=pl.Int8),
        fault=nothing,
        quarantine_reason=nothing,
        quarantine_column=nothing,
        override_column=nothing,
        override_text=nothing,
        is_repeat=pl.lit(value=False),
        is_ragged=pl.lit(value=False),
    )
    parts = [ready.filter(pl.col("drawn") < 0)]
    for number, (name, fault) in enumerate(FAULTS.items()):
        mine = ready.filter(pl.col("drawn") == number)
        suited = mine.filter(fault.suits)
        parts.append(mine.filter(~fault.suits))
        if suited.height:
            struck = suited.with_columns(fault=pl.lit(name))
            parts.append(fault.inject(Hit(struck, portal, observed_at)).select(ready.columns))
    return pl.concat(parts).sort("position", "twin").drop("drawn", "days", "position", "twin")
