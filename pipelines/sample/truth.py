"""What a perfect pipeline must conclude from what was delivered.

Here: the last word on every dossier, its outcomes under three definitions, and its flags, worked out
from the typed rows the generator knows.
Not here: any code of the pipeline; the two are each other's witness.
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from datetime import datetime

UNMAPPED = "unmapped"
_ENDED_WITHOUT_RESULT = ("withdrawn", "stopped", "not_received")
_NOT_ACCEPTED = ("registered", "not_received")
# domain.md §2.6
DOSSIER_CODE = r"^(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.\d{1,4})*-(?:\d{6}|\d{8})-\d{4,7}$"
TRUTH_COLUMNS = (
    "source_system", "dossier_code", "agency_code", "procedure_code", "status_code", "received_at", "due_at",
    "finished_at", "outcome_strict", "outcome_timestamp", "outcome_date",
)  # fmt: skip


def resolve_agencies(rows: pl.DataFrame, register: pl.DataFrame, observed_at: datetime) -> pl.DataFrame:
    """Add `agency_resolved`: the code valid on the day of receipt (else application, else extraction).

    A code is looked up as it is; without one the name is, under its parent unit. What the register
    does not hold on that day is `unmapped`.
    """
    anchored = rows.with_row_index("line").with_columns(
        anchor=pl.coalesce("received_at", "applied_at", pl.lit(observed_at)).dt.date()
    )
    spans = register.select(
        "valid_from_date",
        "valid_to_date",
        found="agency_code",
        name="agency_name",
        parent="parent_agency_name",
    )
    valid = (pl.col("valid_from_date") <= pl.col("anchor")) & (
        pl.col("valid_to_date").is_null() | (pl.col("anchor") < pl.col("valid_to_date"))
    )
    by_name = (
        anchored.filter(pl.col("agency_code").is_null())
        .join(spans, left_on=["agency_name", "parent_agency_name"], right_on=["name", "parent"])
        .filter(valid)
    )
    by_code = anchored.join(spans, left_on="agency_code", right_on="found").filter(valid)
    found = pl.concat([by_name.select("line", "found"), by_code.select("line", found="agency_code")])
    return (
        anchored.join(found, on="line", how="left", maintain_order="left")
        .with_columns(agency_resolved=pl.col("found").fill_null(UNMAPPED))
        .drop("line", "anchor", "found")
    )


def accepted(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows that are neither set aside nor repeats."""
    return rows.filter(~pl.col("is_repeat") & pl.col("quarantine_reason").is_null())


def _strict() -> pl.Expr:
    dates_only = ~(pl.col("has_due_time") & pl.col("has_finished_time"))
    in_time = (
        pl.when(dates_only)
        .then(pl.col("finished_at").dt.date() <= pl.col("due_at").dt.date())
        .otherwise(pl.col("finished_at") <= pl.col("due_at"))
    )
    overdue = (
        pl.when("has_due_time")
        .then(pl.col("data_cut_at") > pl.col("due_at"))
        .otherwise(pl.col("data_cut_at").dt.date() > pl.col("due_at").dt.date())
    )
    status = pl.col("status_code")
    return (
        pl.when(~pl.col("is_accepted")).then(pl.lit("not_applicable"))
        .when(pl.col("due_at").is_null()).then(pl.lit("cannot_tell"))
        .when(pl.col("finished_at").is_not_null() & in_time).then(pl.lit("on_time"))
        .when(pl.col("finished_at").is_not_null()).then(pl.lit("late"))
        .when(status.is_in(["finished", "returned"])).then(pl.lit("cannot_tell"))
        .when(status.is_in(["withdrawn", "stopped"])).then(pl.lit("not_applicable"))
        .when(overdue).then(pl.lit("open_late"))
        .otherwise(pl.lit("open_in_time"))
    )  # fmt: skip


def _closed_only(in_time: pl.Expr) -> pl.Expr:
    return (
        pl.when(pl.col("finished_at").is_null()).then(pl.lit("not_applicable"))
        .when(pl.col("due_at").is_null()).then(pl.lit("cannot_tell"))
        .otherwise(in_time)
    )  # fmt: skip


def _outcomes() -> list[pl.Expr]:
    end, due = pl.col("finished_at"), pl.col("due_at")
    both_timed = pl.col("has_due_time") & pl.col("has_finished_time")
    kept = pl.when(both_timed).then(end <= due).otherwise(end.dt.date() <= due.dt.date())
    by_moment = pl.when(kept).then(pl.lit("on_time")).otherwise(pl.lit("late"))
    by_date = (
        pl.when(end.dt.date() < due.dt.date()).then(pl.lit("early"))
        .when(end.dt.date() == due.dt.date()).then(pl.lit("on_time"))
        .otherwise(pl.lit("late"))
    )  # fmt: skip
    return [
        _strict().alias("outcome_strict"),
        _closed_only(by_moment).alias("outcome_timestamp"),
        _closed_only(by_date).alias("outcome_date"),
    ]


def conclude(rows: pl.LazyFrame) -> pl.DataFrame:
    """The last word on every dossier, with its outcomes.

    Args:
        rows: every delivered row of every file, as `generate.py` keeps them.

    Returns:
        One row a dossier: `TRUTH_COLUMNS` and what `flag` needs besides.
    """
    cut = accepted(rows).group_by("source_system").agg(data_cut_at=pl.col("observed_at").max())
    last = (
        accepted(rows)
        .sort("source_system", "dossier_code", "observed_at", "row_number")
        .unique(["source_system", "dossier_code"], keep="last", maintain_order=True)
    )
    return (
        last.join(cut, on="source_system", how="left", maintain_order="left")
        .with_columns(
            is_accepted=pl.col("received_at").is_not_null() & ~pl.col("status_code").is_in(_NOT_ACCEPTED),
            named_agency=pl.coalesce("agency_code", "agency_name"),
            named_procedure=pl.coalesce("procedure_code", "procedure_name"),
        )
        .with_columns(
            *_outcomes(),
            given_code="procedure_code",
            agency_code="agency_resolved",
            procedure_code="procedure_resolved",
        )
        .collect()
    )


def flag(rows: pl.LazyFrame, last: pl.DataFrame, ratings: pl.DataFrame) -> pl.DataFrame:
    """Every rule a dossier breaks.

    Args:
        rows: every delivered row.
        last: what `conclude` returned.
        ratings: accepted ratings: source_system, dossier_code.

    Returns:
        source_system, dossier_code, rule_id; each once, sorted.
    """
    status = pl.col("status_code")
    received, due, end = pl.col("received_at"), pl.col("due_at"), pl.col("finished_at")
    silent = (*_NOT_ACCEPTED, "withdrawn")
    # an end without a time of day is compared with the day of receipt, not with its minute
    before = pl.when("has_finished_time").then(end < received).otherwise(end.dt.date() < received.dt.date())
    too_soon = pl.when("has_due_time").then(due < received).otherwise(due.dt.date() < received.dt.date())
    breaks = {
        "open_past_due": pl.col("outcome_strict") == "open_late",
        "closed_past_due": pl.col("outcome_strict") == "late",
        "no_due_date": pl.col("is_accepted") & due.is_null(),
        "no_receipt_date": received.is_null() & ~status.is_in(silent),
        "no_procedure": pl.col("named_procedure").is_null(),
        "no_agency": pl.col("named_agency").is_null(),
        "closed_without_end": status.is_in(["finished", "returned"]) & end.is_null(),
        "ends_before_receipt": before,
        "received_in_future": received > pl.col("observed_at"),
        "finished_in_future": end > pl.col("observed_at"),
        "due_before_receipt": too_soon,
        "received_before_application": received < pl.col("applied_at"),
        "unknown_agency": pl.col("named_agency").is_not_null() & (pl.col("agency_code") == UNMAPPED),
        "unknown_procedure": pl.col("given_code").is_not_null() & pl.col("procedure_code").is_null(),
    }
    key = ["source_system", "dossier_code"]
    found = [last.filter(broken).select(*key, rule_id=pl.lit(rule)) for rule, broken in breaks.items()]
    good = accepted(rows)
    row_rules = {
        "unmapped_status": status == UNMAPPED,
        "unmapped_channel": pl.col("channel_code") == UNMAPPED,
        "malformed_dossier_code": ~pl.col("dossier_code").str.contains(DOSSIER_CODE),
        "conflicting_rows": pl.len().over("file_name", "dossier_code") > 1,
    }
    found += [
        good.filter(broken).select(*key, rule_id=pl.lit(rule)).collect() for rule, broken in row_rules.items()
    ]
    stray = ratings.join(last, on=key, how="anti").select(*key, rule_id=pl.lit("rating_without_dossier"))
    return pl.concat([*found, stray]).unique().sort("source_system", "dossier_code", "rule_id")
