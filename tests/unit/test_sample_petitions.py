"""The truth of petitions against cases worked out by hand, and what the exports may say."""

import csv
import gzip
import io
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from pipelines.sample.calendar import WorkingCalendar
from pipelines.sample.exports_petitions import export_bare, export_province
from pipelines.sample.options import CALENDAR
from pipelines.sample.petition_truth import Witness, true_petitions
from pipelines.sample.petitions import BARE, PORTAL, Office, Petition

OF_A_STEP = ("outcome", "due_date", "late_working_days", "late_days")
REGISTER = pl.DataFrame(
    [
        ("1", "UBND xã A", date(2024, 1, 1), date(2025, 7, 1)),
        ("2", "UBND xã B", date(2024, 1, 1), None),
        ("3", "UBND xã B", date(2024, 1, 1), date(2025, 7, 1)),
    ],
    schema=["agency_code", "agency_name", "valid_from_date", "valid_to_date"],
    orient="row",
)
WITNESS = Witness(REGISTER, {"H-1": "portal:H-1"}, WorkingCalendar.read(CALENDAR), date(2025, 6, 1))
SENT = Petition(
    PORTAL, 1, datetime(2025, 4, 25, 16), Office("1", "UBND xã A", 1.0), True, "attitude", "H-1", True
)


def judged(**changes: Any) -> dict[str, Any]:
    petition = replace(SENT, **changes)
    return true_petitions({petition: date(2025, 6, 1)}, WITNESS).row(0, named=True)


@pytest.mark.parametrize(
    ("changes", "step", "expected"),
    [
        # Saturday 26/4/2025 was worked; 30/4 to 4/5 were off
        ({"refused": datetime(2025, 4, 28, 9)}, "refuse", ["on_time", date(2025, 4, 28), None, None]),
        ({"refused": datetime(2025, 4, 29, 9)}, "refuse", ["late", date(2025, 4, 28), 1, 1]),
        ({}, "refuse", ["not_applicable", None, None, None]),
        ({"asked": datetime(2025, 5, 6, 9)}, "supplement", ["on_time", date(2025, 5, 6), None, None]),
        ({"resolved": datetime(2025, 5, 20, 9)}, "resolve", ["on_time", date(2025, 5, 20), None, None]),
        ({"resolved": datetime(2025, 5, 24, 9)}, "resolve", ["late", date(2025, 5, 20), 3, 4]),
        ({}, "resolve", ["open_late", date(2025, 5, 20), 8, 12]),
        ({"withdrawn": datetime(2025, 5, 5, 9)}, "resolve", ["not_applicable", None, None, None]),
        ({"fault": "no_date"}, "resolve", ["cannot_tell", None, None, None]),
        ({"fault": "unknown_word"}, "resolve", ["cannot_tell", date(2025, 5, 20), None, None]),
        ({"resolved": datetime(2025, 5, 29, 9)}, "publish", ["open_in_time", date(2025, 6, 2), None, None]),
        ({"resolved": datetime(2025, 5, 28, 9)}, "publish", ["open_late", date(2025, 5, 30), 0, 2]),
    ],
)
def test_the_truth_counts_working_days_as_one_would_by_hand(
    changes: dict[str, Any], step: str, expected: list[object]
) -> None:
    row = judged(**changes)
    assert [row[f"{step}_{what}"] for what in OF_A_STEP] == expected


@pytest.mark.parametrize(
    ("office", "names_code", "agency"),
    [
        (Office("1", "UBND xã A", 1.0), True, "1"),
        (Office("1", "UBND xã A", 1.0), False, "1"),
        (Office("2", "UBND xã B", 1.0), True, "2"),
        (Office("2", "UBND xã B", 1.0), False, "unmapped"),
    ],
)
def test_a_name_that_two_agencies_bear_tells_neither(office: Office, names_code: bool, agency: str) -> None:
    assert judged(office=office, names_code=names_code)["agency_code"] == agency


def test_the_bare_table_tells_no_more_than_it_prints() -> None:
    row = judged(
        portal=BARE,
        resolved=datetime(2025, 5, 20, 9),
        published=datetime(2025, 5, 21, 9),
        likes=0,
        dislikes=3,
    )
    assert (row["petition_code"], row["agency_code"], row["dossier_key"]) == (None, "unmapped", None)
    assert (row["resolve_outcome"], row["publish_outcome"]) == ("cannot_tell", "cannot_tell")
    assert (row["is_published"], row["is_unsatisfied"]) == (True, None)


def test_an_export_says_nothing_that_had_not_happened() -> None:
    known = replace(SENT, resolved=datetime(2025, 5, 20, 9), likes=2).known_by(datetime(2025, 5, 1))
    for export in (export_province, export_bare):
        name, content = export([known], date(2025, 5, 1))
        titles, row = csv.reader(io.StringIO(gzip.decompress(content).decode("utf-8-sig")))
        assert "2025-05-01" in name
        assert "20/05/2025" not in ",".join(row)
        assert len(titles) == len(row)
