"""The seven definitions of "on time", applied to what was delivered: the witness of the warehouse's.

Here: one expression a definition, over one state a dossier with the words of `_facts`.
Not here: which state is the last (`truth.py`), what the limit allows (`limits.py`); any code of the pipeline.
Explained in data/sample/SOURCES.md, "The truth".
"""

from __future__ import annotations

import polars as pl

DEFINITIONS = ("strict", "strict_recomputed", "q766", "date_level", "session", "form_06a", "portal_stated")
# portals that print no verdict and whose software is known to judge by date
_JUDGES_BY_DATE = ("nghean_tandan",)
_NOT_ACCEPTED = ("registered", "not_received")
_RESULT = ("finished", "returned")
_NO_RESULT = ("withdrawn", "stopped", "not_received")
_NOON = 12
_TICK = pl.duration(microseconds=1)

_status = pl.col("status_code")
_due, _end, _cut = pl.col("due_at"), pl.col("finished_at"), pl.col("data_cut_at")
_law = pl.col("recomputed_due_at")
_closed = _end.is_not_null()
_accepted = pl.col("is_accepted")
_waiting = _status == "supplement_requested"
_paying = _status == "payment_requested"
_has_result = _status.is_in(_RESULT)
_has_none = _status.is_in(_NO_RESULT)


def _word(text: str) -> pl.Expr:
    return pl.lit(text)


def _day_end(moment: pl.Expr) -> pl.Expr:
    return moment.dt.truncate("1d") + pl.duration(days=1) - _TICK


_in_time_until = pl.when("has_due_time").then(_due).otherwise(_day_end(_due))


def _kept(end: pl.Expr, limit: pl.Expr, timed: pl.Expr) -> pl.Expr:
    """End not after the limit: as moments where both are timed, else as dates."""
    return pl.when(timed).then(end <= limit).otherwise(end.dt.date() <= limit.dt.date())


def _against(end: pl.Expr, due: pl.Expr) -> pl.Expr:
    return (
        pl.when(end < due).then(_word("early"))
        .when(end == due).then(_word("on_time"))
        .otherwise(_word("late"))
    )  # fmt: skip


def _by_date() -> pl.Expr:
    return _against(_end.dt.date(), _due.dt.date())


def _at_cut(past: pl.Expr) -> pl.Expr:
    return pl.when(past).then(_word("open_late")).otherwise(_word("open_in_time"))


def _strict(due: pl.Expr, until: pl.Expr, timed: pl.Expr) -> pl.Expr:
    return (
        pl.when(~_accepted).then(_word("not_applicable"))
        .when(due.is_null()).then(_word("cannot_tell"))
        .when(_closed & _kept(_end, due, timed)).then(_word("on_time"))
        .when(_closed).then(_word("late"))
        .when(_has_result).then(_word("cannot_tell"))
        .when(_has_none).then(_word("not_applicable"))
        .otherwise(_at_cut(_cut > until))
    )  # fmt: skip


def _q766() -> pl.Expr:
    limit = pl.when(_due.is_null()).then(_law).otherwise(_in_time_until)
    # the midnight after its last day: what was promised for that day is over then
    period_end = pl.col("period_month_date").cast(pl.Datetime("us")).dt.offset_by("1mo")
    handed_over = (_status == "returned") & pl.col("returned_at").is_not_null()
    asked, answered = pl.col("supplement_requested_at"), pl.col("supplement_completed_at")
    asked_then = _waiting & asked.is_not_null() & answered.is_null()
    said_end = (
        pl.when(_closed).then(_end)
        .when(handed_over).then(pl.col("returned_at"))
        .when(asked_then).then(asked)
    )  # fmt: skip
    # a date-only end has no hour to be late by, and a date-only promise lasts through its day
    timed = pl.when(_closed).then(pl.col("has_finished_time") & (pl.col("has_due_time") | _due.is_null()))
    observed = said_end.is_null() & (_status.is_in(["withdrawn", "stopped"]) | _waiting)
    many = pl.col("supplement_count") > 1
    seen_in_time = pl.col("status_since_at") <= limit
    kept = _kept(said_end, limit, timed.fill_null(value=True))
    return (
        pl.when(~_accepted).then(_word("not_applicable"))
        .when(many & (_closed | _has_none | _has_result)).then(_word("late"))
        .when(many).then(_word("open_late"))
        .when(limit.is_null()).then(_word("cannot_tell"))
        .when(observed & seen_in_time).then(_word("on_time"))
        .when(observed).then(_word("cannot_tell"))
        .when(said_end >= period_end).then(_at_cut(limit < period_end))
        .when(said_end.is_not_null() & kept).then(_word("on_time"))
        .when(said_end.is_not_null()).then(_word("late"))
        .when(_has_result).then(_word("cannot_tell"))
        .otherwise(_at_cut(pl.min_horizontal(period_end, _cut) > limit))
    )  # fmt: skip


def _date_level() -> pl.Expr:
    return (
        pl.when(~_accepted).then(_word("not_applicable"))
        .when(_closed & _due.is_null()).then(_word("on_time"))
        .when(_closed).then(_by_date())
        .when(_has_result).then(_word("cannot_tell"))
        .when(_status == "withdrawn").then(_word("not_applicable"))
        .when(_status == "stopped").then(_word("on_time"))
        .when(_waiting | _paying | _due.is_null()).then(_word("open_in_time"))
        .otherwise(_at_cut(_cut.dt.date() > _due.dt.date()))
    )  # fmt: skip


def _half_day(moment: pl.Expr) -> pl.Expr:
    """Half-days since 1970: two a day, the second from noon."""
    return moment.dt.epoch("d").cast(pl.Int64) * 2 + (moment.dt.hour() >= _NOON).cast(pl.Int64)


def _session() -> pl.Expr:
    due = pl.when("has_due_time").then(_half_day(_due)).otherwise(_half_day(_day_end(_due)))
    timed = pl.col("has_due_time") & pl.col("has_finished_time")
    return (
        pl.when(~_accepted).then(_word("not_applicable"))
        .when(_closed & _due.is_null()).then(_word("early"))
        .when(_closed & timed).then(_against(_half_day(_end), due))
        .when(_closed).then(_by_date())
        .when(_has_result).then(_word("cannot_tell"))
        .when(_has_none | (_status == "received") | _waiting).then(_word("not_applicable"))
        .when(_due.is_null()).then(_word("open_in_time"))
        .otherwise(_at_cut(_half_day(_cut) > due))
    )  # fmt: skip


def _form_06a() -> pl.Expr:
    return (
        pl.when(~_accepted).then(_word("not_applicable"))
        .when(_has_none).then(_word("on_time"))
        .when(_closed & _due.is_null()).then(_word("on_time"))
        .when(_closed).then(_by_date())
        .when(_has_result).then(_word("cannot_tell"))
        .when(_waiting | _paying | _due.is_null()).then(_word("open_in_time"))
        .otherwise(_at_cut(_cut > _in_time_until))
    )  # fmt: skip


def _portal_stated() -> pl.Expr:
    stated = pl.col("stated_outcome_code")
    return (
        pl.when(stated.is_not_null()).then(stated)
        .when(pl.col("source_system").is_in(_JUDGES_BY_DATE)).then(_date_level())
        .when(~_accepted | ~_closed).then(_word("not_applicable"))
        .otherwise(_word("cannot_tell"))
    )  # fmt: skip


def with_strict(states: pl.DataFrame) -> pl.DataFrame:
    """Add `is_accepted` and `outcome_strict` only.

    Args:
        states: one state a dossier: status_code, received_at, due_at, has_due_time, finished_at,
            has_finished_time, data_cut_at.
    """
    both_timed = pl.col("has_due_time") & pl.col("has_finished_time")
    accepted = pl.col("received_at").is_not_null() & ~_status.is_in(_NOT_ACCEPTED)
    return states.with_columns(is_accepted=accepted).with_columns(
        outcome_strict=_strict(_due, _in_time_until, both_timed)
    )


def with_outcomes(states: pl.DataFrame) -> pl.DataFrame:
    """Add `is_accepted`, `period_month_date` and `outcome_<id>` for each of `DEFINITIONS`.

    Args:
        states: one state a dossier: the delivered columns, data_cut_at, first_observed_at, status_since_at,
            supplement_count, recomputed_due_at.
    """
    both_timed = pl.col("has_due_time") & pl.col("has_finished_time")
    anchor = pl.coalesce("due_at", "received_at", "applied_at", "first_observed_at")
    facts = states.with_columns(
        is_accepted=pl.col("received_at").is_not_null() & ~_status.is_in(_NOT_ACCEPTED),
        period_month_date=anchor.dt.truncate("1mo").dt.date(),
    )
    judged = (
        _strict(_due, _in_time_until, both_timed),
        _strict(_law, _law, pl.col("has_finished_time")),
        _q766(),
        _date_level(),
        _session(),
        _form_06a(),
        _portal_stated(),
    )
    return facts.with_columns(
        outcome.alias(f"outcome_{name}") for name, outcome in zip(DEFINITIONS, judged, strict=True)
    )


def due_difference() -> pl.Expr:
    """Why the stated promise is not the recomputed one, by date; null where either is missing."""
    stated, law, plain = _due.dt.date(), _law.dt.date(), pl.col("plain_due_at").dt.date()
    return (
        pl.when(stated.is_null() | law.is_null()).then(None)
        .when(stated == law).then(_word("none"))
        .when(stated == plain).then(_word("calendar"))
        .when(pl.col("extension_count").fill_null(0) > 0).then(_word("extension"))
        .when(pl.col("supplement_count") > 0).then(_word("supplement"))
        .when(stated > law).then(_word("padded"))
        .otherwise(_word("shortened"))
    )  # fmt: skip
