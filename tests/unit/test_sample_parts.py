"""The parts of the synthetic province: its clock, its register, its options, its truth on hand-made rows."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from unicodedata import normalize

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sample import GenerateOptions, deliver_sample, generate, truth
from pipelines.sample.calendar import DAY, NEVER, WORKING_DAY, WorkingCalendar, seconds_of
from pipelines.sample.exports_land import encode_1258
from pipelines.sample.options import CALENDAR, CATALOGUE, REFERENCE
from pipelines.sample.registers import agency_register, handled_procedures
from pipelines.text import agency_key
from tests.sample_helpers import CUT, concluded, said

REORGANISATIONS = [date(2024, 12, 1), date(2025, 3, 1), date(2025, 7, 1)]


@pytest.fixture(scope="module")
def calendar() -> WorkingCalendar:
    return WorkingCalendar.read(CALENDAR)


@pytest.fixture(scope="module")
def register() -> pl.DataFrame:
    return agency_register(REFERENCE)


def valid_on(register: pl.DataFrame, day: date) -> pl.DataFrame:
    until = pl.col("valid_to_date")
    return register.filter((pl.col("valid_from_date") <= day) & (until.is_null() | (until > day)))


def moments(*values: datetime) -> np.ndarray:
    return np.array([int((value - datetime(1970, 1, 1)).total_seconds()) for value in values])


@pytest.mark.parametrize(
    ("year", "days"), [(2023, 249), (2024, 251), (2025, 250), (2026, 249)]
)  # domain.md §5
def test_each_year_has_its_working_days(calendar: WorkingCalendar, year: int, days: int) -> None:
    assert calendar.working_days_in(seconds_of(year, 1) // DAY, seconds_of(year + 1, 1) // DAY) == days


def test_made_up_saturdays_are_worked_and_swapped_mondays_are_not(calendar: WorkingCalendar) -> None:
    worked = set(calendar.days.tolist())
    assert seconds_of(2024, 5, 4) // DAY in worked
    assert seconds_of(2024, 4, 29) // DAY not in worked


@given(st.integers(0, 900 * WORKING_DAY))
@settings(max_examples=200, deadline=None)
def test_working_time_there_and_back_is_the_same(working: int) -> None:
    calendar = WorkingCalendar.read(CALENDAR)
    [back] = calendar.to_working(calendar.from_working(np.array([working])))
    assert back == working


def test_time_off_counts_as_the_next_session(calendar: WorkingCalendar) -> None:
    lunch, after_lunch, saturday, monday = calendar.to_working(
        moments(
            datetime(2026, 3, 6, 12, 0),
            datetime(2026, 3, 6, 13, 30),
            datetime(2026, 3, 7, 9, 0),
            datetime(2026, 3, 9, 7, 0),
        )
    )
    assert (lunch, saturday) == (after_lunch, monday)


def test_beyond_the_calendar_is_never(calendar: WorkingCalendar) -> None:
    [never] = calendar.from_working(np.array([5_000 * WORKING_DAY]))
    assert never == NEVER


def test_a_promise_beyond_the_calendar_is_refused(tmp_path: Path) -> None:
    short = tmp_path / "calendar.csv"
    short.write_text("date,kind\n2024-01-01,off\n", encoding="utf-8")
    options = GenerateOptions(
        dossiers=300, first_month="2024-12", last_month="2024-12", calendar=short, formats=("nghean_land",)
    )
    with pytest.raises(ValueError, match=r"calendar_exceptions\.csv"):
        generate(options, tmp_path / "out")


@pytest.mark.parametrize(
    ("day", "communes", "districts"),
    [(date(2024, 11, 30), 460, 21), (date(2024, 12, 1), 412, 20), (date(2025, 7, 1), 130, 0)],
)
def test_communes_and_districts_are_as_many_as_the_law_says(
    register: pl.DataFrame, day: date, communes: int, districts: int
) -> None:
    levels = valid_on(register, day)["agency_level"].to_list()
    assert (levels.count("commune"), levels.count("district")) == (communes, districts)


@pytest.mark.parametrize("day", [date(2024, 1, 1), *REORGANISATIONS])
def test_name_and_parent_tell_an_agency_on_any_day(register: pl.DataFrame, day: date) -> None:
    there = valid_on(register, day)
    keys = [
        (agency_key(name), agency_key(parent or ""))
        for name, parent in there.select("agency_name", "parent_agency_name").iter_rows()
    ]
    assert len(set(keys)) == len(keys)
    assert there["agency_code"].n_unique() == there.height


def test_spans_of_an_agency_follow_each_other_without_overlap(register: pl.DataFrame) -> None:
    ordered = register.sort("agency_code", "valid_from_date").with_columns(
        following=pl.col("valid_from_date").shift(-1).over("agency_code")
    )
    assert ordered.filter(pl.col("following") < pl.col("valid_to_date")).is_empty()


def test_every_successor_exists_on_the_day_it_takes_over(register: pl.DataFrame) -> None:
    for code, day in (
        register.select("successor_agency_code", "valid_to_date").drop_nulls().unique().iter_rows()
    ):
        assert code in set(valid_on(register, day)["agency_code"]), (code, day)
    ended_for_good = register.filter(
        pl.col("valid_to_date").is_not_null() & pl.col("successor_agency_code").is_null()
    )
    assert set(ended_for_good["agency_level"]) == {"district"}


def test_invented_codes_say_so(register: pl.DataFrame) -> None:
    departments = register.filter(pl.col("agency_level") == "department")
    assert departments["evidence_label"].str.contains("mã giả lập").all()


def test_every_promise_has_a_limit_the_calendar_can_hold() -> None:
    handled = handled_procedures(CATALOGUE)
    assert handled.filter(pl.col("limit_unit") == "working")["limit_days"].max() <= 25  # type: ignore[operator]
    assert handled.filter(pl.col("limit_unit") == "calendar")["limit_days"].max() <= 30  # type: ignore[operator]
    assert set(handled.filter(pl.col("limit_unit") == "same_day")["field_name"]) == {"Chứng thực"}


def test_a_reused_name_is_another_commune_after_the_reorganisation(register: pl.DataFrame) -> None:
    rows = pl.DataFrame(
        {
            "agency_code": pl.Series([None, None, None, None], dtype=pl.String),
            "agency_name": ["UBND xã Nghĩa Mai", "UBND xã Nghĩa Mai", "UBND xã Đồng Văn", "UBND xã Đồng Văn"],
            "parent_agency_name": [
                "UBND huyện Nghĩa Đàn", "UBND tỉnh Nghệ An", "UBND huyện Tân Kỳ", "UBND huyện Quế Phong",
            ],
            "received_at": [datetime(2025, 6, 30), datetime(2025, 7, 1), None, datetime(2024, 1, 2)],
            "applied_at": [None, None, datetime(2024, 5, 6), None],
        },
        schema_overrides={"received_at": pl.Datetime("us"), "applied_at": pl.Datetime("us")},
    )  # fmt: skip
    found = truth.resolve_agencies(rows, register, CUT)["agency_resolved"].to_list()
    assert found[:2] == ["16942", "16975"]
    assert len(set(found)) == 4
    assert truth.UNMAPPED not in found


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, set()),
        ({"finished_at": datetime(2024, 1, 1)}, {"ends_before_receipt"}),
        ({"finished_at": datetime(2024, 1, 2), "has_finished_time": False}, set()),
        ({"finished_at": CUT + timedelta(hours=1)}, {"finished_in_future", "closed_past_due"}),
        (
            {"received_at": CUT + timedelta(hours=1)},
            {"received_in_future", "ends_before_receipt", "due_before_receipt"},
        ),
        ({"applied_at": datetime(2024, 1, 3)}, {"received_before_application"}),
        ({"agency_resolved": "unmapped"}, {"unknown_agency"}),
        ({"agency_resolved": "unmapped", "agency_name": None}, {"no_agency"}),
        ({"procedure_name": None, "procedure_resolved": None}, {"no_procedure"}),
        ({"procedure_code": "9.900121", "procedure_resolved": None}, {"unknown_procedure"}),
        ({"status_code": "withdrawn", "received_at": None, "finished_at": None}, set()),
        ({"status_code": "processing", "received_at": None, "finished_at": None}, {"no_receipt_date"}),
        ({"dossier_code": "H41.1/240102/0001"}, {"malformed_dossier_code"}),
        ({"dossier_code": "G09.20-20260609-0092637"}, set()),
    ],
)
def test_flags_follow_what_the_row_says(changes: dict[str, object], rules: set[str]) -> None:
    _, found = concluded(said(**changes))
    assert found == rules


def test_the_last_line_of_the_last_export_counts() -> None:
    early = said(observed_at=datetime(2024, 2, 1), file_name="before", due_at=None)
    first, second = said(row_number=1, due_at=datetime(2024, 1, 3)), said(row_number=2)
    last, found = concluded(second, early, first)
    assert last["due_at"].to_list() == [datetime(2024, 1, 5, 9)]
    assert found == {"conflicting_rows"}


def test_a_row_set_aside_or_repeated_says_nothing() -> None:
    good = said(observed_at=datetime(2024, 2, 1), file_name="before")
    aside = said(quarantine_reason="bad_timestamp", finished_at=None)
    repeat = said(is_repeat=True, finished_at=None, file_name="after", row_number=9)
    last, found = concluded(good, aside, repeat)
    assert (last["outcome_strict"].to_list(), found) == (["on_time"], set())


@given(st.text(alphabet="aăâeêoôơuưyđ ÁẾỆộữỹ,.;0123456789Ắ", max_size=30))
def test_windows_1258_says_the_same_letters(text: str) -> None:
    assert normalize("NFC", encode_1258(text).decode("cp1258")) == normalize("NFC", text)


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"first_month": "2024-13"}, "write it like 2024-01"),
        ({"first_month": "2025-01", "last_month": "2024-12"}, "is after last_month"),
        ({"dossiers": 7}, "ask for 100 or more"),
        ({"agencies": 0}, "at least 1"),
        ({"fault_rates": {"typo": 0.1}}, "known are"),
        ({"fault_rates": {"missing_due": 1.5}}, "between 0 and 1"),
        ({"formats": ("pdf",)}, "known are"),
        ({"formats": ("ratings",)}, "at least one portal"),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_remedy(wrong: dict[str, object], remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        GenerateOptions(**wrong)


def test_months_run_over_the_turn_of_the_year() -> None:
    options = GenerateOptions(first_month="2024-11", last_month="2025-02")
    assert options.months == ((2024, 11), (2024, 12), (2025, 1), (2025, 2))
    assert replace(options, last_month="2024-11").months == ((2024, 11),)


def small_sample(folder: Path) -> Path:
    for name in ("dossiers/a.csv.gz", "ratings/b.xlsx"):
        path = folder / "landing" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(name.encode())
    return folder


def test_the_sample_is_delivered_into_an_empty_folder_once(tmp_path: Path) -> None:
    sample = small_sample(tmp_path / "sample")
    landing = tmp_path / "landing"
    landing.mkdir()
    (landing / "README.md").write_text("what goes where", encoding="utf-8")
    assert deliver_sample(landing, sample) == 2
    assert (landing / "ratings" / "b.xlsx").read_bytes() == b"ratings/b.xlsx"
    assert deliver_sample(landing, sample) == 0


def test_the_sample_never_mixes_with_deliveries(tmp_path: Path) -> None:
    sample = small_sample(tmp_path / "sample")
    own = tmp_path / "landing" / "dossiers" / "own.csv"
    own.parent.mkdir(parents=True)
    own.write_text("x", encoding="utf-8")
    assert deliver_sample(tmp_path / "landing", sample) == 0
    assert [path.name for path in own.parent.iterdir()] == ["own.csv"]


def test_a_missing_sample_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="dunghen generate"):
        deliver_sample(tmp_path / "landing", tmp_path)
