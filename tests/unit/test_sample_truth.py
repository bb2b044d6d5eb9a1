"""The truth of the synthetic portal, by hand: seven definitions, recomputed dues, why promises differ."""

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.sample.calendar import WorkingCalendar
from pipelines.sample.limits import channel_limits, label_limits
from pipelines.sample.options import CALENDAR, CATALOGUE, LIMITS
from pipelines.sample.outcomes import DEFINITIONS
from tests.sample_helpers import CUT, THREE_DAYS, concluded, law, said

# received Tuesday 2/1/2024 at 9, limit three working days: the law's due is Friday 5/1 at 17
OPEN = {"status_code": "processing", "finished_at": None}
LAND = {"source_system": "nghean_land"}
ASKED = datetime(2024, 1, 3, 8)
WAITING = {"status_code": "supplement_requested", "finished_at": None}
WITHDRAWN = {"status_code": "withdrawn", "finished_at": None}
STOPPED = {"status_code": "stopped", "finished_at": None}
NOT_YET = {"status_code": "registered", "received_at": None, "due_at": None, "finished_at": None}
DAY_ONLY = {"due_at": datetime(2024, 1, 5), "has_due_time": False}
T, L, E, X, O, N, Q = (  # noqa: E741 - one letter an outcome keeps the table readable
    "on_time", "late", "early", "open_late", "open_in_time", "not_applicable", "cannot_tell",
)  # fmt: skip
# strict, strict_recomputed, q766, date_level, session, form_06a, portal_stated
OUTCOMES = {
    "in time": (said(), (T, T, T, E, E, E, E)),
    "on the minute": (said(finished_at=datetime(2024, 1, 5, 9)), (T, T, T, T, T, T, T)),
    "an hour late": (said(finished_at=datetime(2024, 1, 5, 10)), (L, T, L, T, T, T, T)),
    "in the afternoon of a morning": (said(finished_at=datetime(2024, 1, 5, 14)), (L, T, L, T, L, T, T)),
    "after hours": (said(finished_at=datetime(2024, 1, 5, 17, 20)), (L, L, L, T, L, T, T)),
    "promised without a time": (said(finished_at=datetime(2024, 1, 5, 10), **DAY_ONLY), (T,) * 7),
    "ended without a time": (
        said(finished_at=datetime(2024, 1, 5), has_finished_time=False), (T, T, T, T, T, T, T)
    ),
    "the day after": (said(finished_at=datetime(2024, 1, 6, 8)), (L, L, L, L, L, L, L)),
    "after the month of the promise": (said(finished_at=datetime(2024, 2, 1, 8)), (L, L, X, L, L, L, L)),
    "promised for the last day of a month, ended after it": (
        said(due_at=datetime(2024, 1, 31), has_due_time=False, finished_at=datetime(2024, 2, 1, 8)),
        (L, L, X, L, L, L, L),
    ),
    "open past due": (said(**OPEN), (X, X, X, X, X, X, X)),
    "open, due later": (said(**OPEN, due_at=CUT + timedelta(days=1)), (O, X, O, O, O, O, O)),
    "open, due earlier on the day of the cut": (
        said(**OPEN, due_at=CUT - timedelta(minutes=30)), (X, X, X, O, O, X, O)
    ),
    "open, due on the day of the cut": (
        said(**OPEN, due_at=datetime(2026, 11, 1), has_due_time=False), (O, X, O, O, O, O, O)
    ),
    "nothing promised": (said(due_at=None), (Q, T, T, T, E, T, T)),
    "nothing promised, open": (said(due_at=None, **OPEN), (Q, X, X, O, O, O, O)),
    "nothing promised, no limit": (said(due_at=None, procedure_resolved=None), (Q, Q, Q, T, E, T, T)),
    "no receipt": (said(received_at=None), (N,) * 7),
    "registered": (said(**NOT_YET), (N,) * 7),
    "returned without an end": (said(finished_at=None), (Q,) * 7),
    "returned without an end, handed over when": (
        said(finished_at=None, returned_at=datetime(2024, 1, 4, 10), **LAND), (Q, Q, T, Q, Q, Q, N)
    ),
    "withdrawn, seen too late to tell": (said(**WITHDRAWN), (N, N, Q, N, N, T, N)),
    "withdrawn, seen in time": (said(**WITHDRAWN, observed_at=datetime(2024, 1, 5)), (N, N, T, N, N, T, N)),
    "stopped an hour late": (
        said(status_code="stopped", finished_at=datetime(2024, 1, 5, 10)), (L, T, L, T, T, T, T)
    ),
    "stopped": (said(**STOPPED), (N, N, Q, T, N, T, T)),
    "waiting since nobody knows": (said(**WAITING), (X, Q, Q, O, N, O, O)),
    "waiting since in time": (
        said(**WAITING, **LAND, supplement_request_count=1, supplement_requested_at=ASKED),
        (X, Q, T, O, N, O, N),
    ),
    "asked twice, in time": (
        said(**LAND, supplement_request_count=2, supplement_requested_at=ASKED, stated_outcome_code="early"),
        (T, Q, L, E, E, E, E),
    ),
    "asked twice, open": (
        said(**OPEN, **LAND, supplement_request_count=2, supplement_requested_at=ASKED), (X, Q, X, X, X, X, N)
    ),
    "asked once and answered two days later": (
        said(
            **LAND, supplement_request_count=1, supplement_requested_at=ASKED,
            supplement_completed_at=ASKED + timedelta(days=2), finished_at=datetime(2024, 1, 9, 10),
        ),
        (L, T, L, L, L, L, Q),
    ),
    "paying": (said(**OPEN | {"status_code": "payment_requested"}), (X, X, X, O, X, O, O)),
    "received": (said(**OPEN | {"status_code": "received"}), (X, X, X, X, N, X, X)),
    "called on time by the portal": (
        said(**LAND, finished_at=datetime(2024, 1, 8, 8), stated_outcome_code="on_time"),
        (L, L, L, L, L, L, T),
    ),
    "closed on a silent portal": (said(source_system="nghean_igate"), (T, T, T, E, E, E, Q)),
}  # fmt: skip


@pytest.mark.parametrize("case", OUTCOMES)
def test_outcomes_follow_the_seven_definitions(case: str) -> None:
    row, expected = OUTCOMES[case]
    last, _ = concluded(row)
    assert last.select(f"outcome_{name}" for name in DEFINITIONS).row(0) == expected


def test_requests_are_counted_from_what_was_seen_where_nothing_is_stated() -> None:
    months = [datetime(2024, month, 1) for month in range(2, 7)]
    states = (
        "supplement_requested",
        "processing",
        "supplement_requested",
        "supplement_requested",
        "finished",
    )
    seen = [
        said(status_code=status, observed_at=moment, file_name=str(moment))
        for status, moment in zip(states, months, strict=True)
    ]
    last, _ = concluded(*seen)
    assert last["supplement_count"].to_list() == [2]
    assert last["outcome_q766"].to_list() == ["late"]


def test_a_row_set_aside_is_not_a_request_seen() -> None:
    aside = said(status_code="supplement_requested", observed_at=datetime(2024, 2, 1), file_name="before")
    last, _ = concluded(said(), aside | {"quarantine_reason": "bad_timestamp"})
    assert last["supplement_count"].to_list() == [0]


DUES = {
    "days": (datetime(2024, 1, 2, 9), 3, "working_day", datetime(2024, 1, 5, 17)),
    "after the last session": (datetime(2024, 1, 2, 17, 1), 1, "working_day", datetime(2024, 1, 4, 17)),
    "within the last minute": (datetime(2024, 1, 2, 17, 0, 59), 1, "working_day", datetime(2024, 1, 3, 17)),
    "on a Saturday": (datetime(2024, 1, 6, 9), 1, "working_day", datetime(2024, 1, 9, 17)),
    "over Tết": (datetime(2025, 1, 20, 9), 10, "working_day", datetime(2025, 2, 10, 17)),
    "ends on a Saturday": (datetime(2024, 1, 3, 9), 3, "calendar_day", datetime(2024, 1, 8, 17)),
    "a shorter month": (datetime(2024, 1, 31, 9), 1, "month", datetime(2024, 2, 29, 17)),
    "hours over night": (datetime(2024, 1, 2, 9), 8, "hour", datetime(2024, 1, 3, 9)),
    "hours to the last minute": (datetime(2024, 1, 2, 9), 6, "hour", datetime(2024, 1, 2, 17)),
    "hours from a Sunday": (datetime(2024, 1, 7, 9), 1, "hour", datetime(2024, 1, 8, 8)),
    "beyond the calendar": (datetime(2026, 12, 20, 9), 25, "working_day", None),
    "months beyond the calendar": (datetime(2026, 12, 20, 9), 1, "month", None),
}


@pytest.mark.parametrize("case", DUES)
def test_a_limit_ends_when_the_law_says(case: str) -> None:
    received, count, unit, due = DUES[case]
    row = said(received_at=received, observed_at=datetime(2027, 1, 1))
    last, _ = concluded(row, limits=law({"1.000001": (count, unit)}))
    assert last["recomputed_due_at"].to_list() == [due]


def test_a_receipt_after_the_list_was_printed_tells_no_due() -> None:
    last, _ = concluded(said(received_at=datetime(2026, 11, 2, 8)))
    assert last["recomputed_due_at"].to_list() == [None]
    assert last["outcome_strict_recomputed"].to_list() == ["cannot_tell"]


@pytest.mark.parametrize(("minute", "due"), [(0, date(2024, 1, 3)), (1, date(2024, 1, 4))])
def test_some_procedures_close_at_three(minute: int, due: date) -> None:
    row = said(received_at=datetime(2024, 1, 2, 15, minute), procedure_resolved="2.000635")
    last, _ = concluded(row, limits=law({"2.000635": (1, "working_day")}))
    assert last["recomputed_due_at"].dt.date().to_list() == [due]


@pytest.mark.parametrize(
    ("unit", "count", "answered", "due"),
    [
        ("working_day", 3, datetime(2024, 1, 8, 16), datetime(2024, 1, 10, 17)),
        ("calendar_day", 3, datetime(2024, 1, 4, 16), datetime(2024, 1, 8, 17)),
        ("hour", 8, datetime(2024, 1, 3, 10), datetime(2024, 1, 3, 11)),
    ],
)
def test_waiting_moves_the_due_by_days_or_by_minutes(
    unit: str, count: int, answered: datetime, due: datetime
) -> None:
    row = said(
        **LAND, supplement_request_count=1, supplement_requested_at=ASKED, supplement_completed_at=answered
    )
    last, _ = concluded(row, limits=law({"1.000001": (count, unit)}))
    assert last["recomputed_due_at"].to_list() == [due]


def test_the_channels_own_limit_comes_first() -> None:
    limits = law({"1.000001": (3, "working_day")}, {("1.000001", "online"): (1, "working_day")})
    for channel, day in (("online", 3), ("postal", 5), (None, 5)):
        last, _ = concluded(said(channel_code=channel), limits=limits)
        assert last["recomputed_due_at"].to_list() == [datetime(2024, 1, day, 17)], channel


def test_the_real_lists_give_one_limit_or_none() -> None:
    channels, labels = channel_limits(LIMITS), label_limits(CATALOGUE)
    for found in (channels, labels):
        assert set(found["limit_unit"]) == {"hour", "working_day", "calendar_day", "month"}
        assert found["limit_count"].null_count() == 0
    assert channels.select("procedure_code", "channel_code").is_unique().all()
    assert labels["procedure_code"].is_unique().all()
    known = dict(labels.select("procedure_code", pl.struct("limit_count", "limit_unit")).iter_rows())
    assert known["1.000178"] == {"limit_count": 60, "limit_unit": "working_day"}
    assert "1.001193" not in known  # printed as "1", without a unit
    assert "1.012781" not in known  # two limits
    own = channels.filter((pl.col("procedure_code") == "1.012781") & (pl.col("channel_code") == "direct"))
    assert own.select("limit_count", "limit_unit").rows() == [(20, "working_day")]


REASONS = {
    "the same day": ({}, "none"),
    "nothing promised": ({"due_at": None}, None),
    "no limit": ({"procedure_resolved": None}, None),
    "later": ({"due_at": datetime(2024, 1, 8, 9)}, "padded"),
    "earlier": ({"due_at": datetime(2024, 1, 4, 9)}, "shortened"),
    "put off": ({"due_at": datetime(2024, 1, 8, 9), "extension_count": 1}, "extension"),
    "papers, then another day": (
        {
            **LAND, "due_at": datetime(2024, 1, 12, 9), "supplement_request_count": 1,
            "supplement_requested_at": ASKED, "supplement_completed_at": ASKED + timedelta(days=1),
        },
        "supplement",
    ),
    "Tết was counted": (
        {"received_at": datetime(2025, 1, 22, 9), "due_at": datetime(2025, 1, 27, 17)}, "calendar"
    ),
    "a made-up Saturday was not": (
        {"received_at": datetime(2024, 5, 2, 9), "due_at": datetime(2024, 5, 7, 9)}, "calendar"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REASONS)
def test_a_difference_has_its_reason_and_only_later_ones_are_flagged(case: str) -> None:
    changes, reason = REASONS[case]
    last, flags = concluded(said(**changes))
    assert last["due_difference_reason"].to_list() == [reason]
    assert ("due_beyond_limit" in flags) == (case in {"later", "a made-up Saturday was not"})


def test_an_unmaintained_calendar_works_every_monday_to_friday() -> None:
    plain = THREE_DAYS.calendar.plain_weeks()
    real = WorkingCalendar.read(CALENDAR)
    days = plain.days.astype("datetime64[D]")
    assert np.is_busday(days).all()
    assert len(days) == np.busday_count("2020-01-01", "2027-01-01")
    assert (plain.first_day, plain.last_day) == (real.first_day, real.last_day)
