"""What a perfect pipeline must conclude from what was delivered.

Here: the last word on every dossier and its flags, worked out from the typed rows the generator knows.
Not here: the definitions (`outcomes.py`), the limits (`limits.py`); any code of the pipeline: the two are
each other's witness.
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.sample.outcomes import DEFINITIONS, due_difference, with_outcomes

if TYPE_CHECKING:
    from datetime import datetime

    from pipelines.sample.limits import Law

UNMAPPED = "unmapped"
_NOT_ACCEPTED = ("registered", "not_received")
# domain.md §2.6
DOSSIER_CODE = r"^(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.\d{1,4})*-(?:\d{6}|\d{8})-\d{4,7}$"
TRUTH_COLUMNS = (
    "source_system", "dossier_code", "agency_code", "procedure_code", "status_code", "received_at", "due_at",
    "finished_at", *(f"outcome_{name}" for name in DEFINITIONS), "recomputed_due_at", "due_difference_reason",
    "supplement_count",
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


def _seen(rows: pl.LazyFrame) -> pl.LazyFrame:
    """What the deliveries of a dossier tell together, one row a dossier.

    first_observed_at; status_since_at: when its present status was first delivered without another one in
    between; asked_seen: how often it was newly seen waiting for papers.
    """
    key = ["source_system", "dossier_code"]
    states = (
        rows.sort(*key, "observed_at", "row_number")
        .unique([*key, "observed_at"], keep="last", maintain_order=True)
        .with_columns(is_new=~pl.col("status_code").eq_missing(pl.col("status_code").shift(1).over(key)))
    )
    asked = pl.col("is_new") & (pl.col("status_code") == "supplement_requested")
    return states.group_by(key).agg(
        first_observed_at=pl.col("observed_at").min(),
        status_since_at=pl.col("observed_at").filter("is_new").max(),
        asked_seen=asked.sum().cast(pl.Int64),
    )


def conclude(rows: pl.LazyFrame, law: Law) -> pl.DataFrame:
    """The last word on every dossier, with its outcomes.

    Args:
        rows: every delivered row of every file, as `generate.py` keeps them.
        law: limits of the procedures.

    Returns:
        One row a dossier: `TRUTH_COLUMNS` and what `flag` needs besides.
    """
    key = ["source_system", "dossier_code"]
    good = accepted(rows)
    cut = good.group_by("source_system").agg(data_cut_at=pl.col("observed_at").max())
    last = (
        good.sort(*key, "observed_at", "row_number")
        .unique(key, keep="last", maintain_order=True)
        .join(cut, on="source_system", how="left", maintain_order="left")
        .join(_seen(good), on=key, how="left", maintain_order="left")
        .with_columns(
            named_agency=pl.coalesce("agency_code", "agency_name"),
            named_procedure=pl.coalesce("procedure_code", "procedure_name"),
            supplement_count=pl.max_horizontal(
                pl.col("supplement_request_count").fill_null(0), pl.col("asked_seen")
            ),
        )
        .collect()
    )
    judged = with_outcomes(law.with_dues(last))
    return judged.with_columns(
        due_difference_reason=due_difference(),
        given_code="procedure_code",
        agency_code="agency_resolved",
        procedure_code="procedure_resolved",
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
        "due_beyond_limit": (due.dt.date() > pl.col("recomputed_due_at").dt.date())
        & pl.col("due_difference_reason").is_in(["calendar", "padded"]),
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
