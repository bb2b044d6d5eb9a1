"""What the portals make of their promises, looked for in the exports of a small province without faults."""

import csv
import gzip
import io
import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.sample import GenerateOptions, generate
from pipelines.sample.options import parameters

LATER = (
    "Số lần bổ sung",
    "Ngày yêu cầu bổ sung",
    "Ngày hoàn thành bổ sung",
    "Số lần gia hạn",
    "Ngày xin lỗi",
)
VERDICT = "Đánh giá tiến độ"


@dataclass(frozen=True)
class Told:
    """The land register month by month, the truth, and the folder they lie in."""

    rows: list[dict[str, str]]
    truth: pl.DataFrame
    out: Path

    @property
    def states(self) -> dict[str, list[dict[str, str]]]:
        """The rows of each dossier in the order of their exports."""
        found: dict[str, list[dict[str, str]]] = {}
        for row in self.rows:
            found.setdefault(row["Mã hồ sơ"], []).append(row)
        return found


def day(text: str) -> date:
    return datetime.strptime(text[:10], "%d/%m/%Y").date()


def due_of(row: dict[str, str]) -> date:
    return day(row.get("Ngày hẹn trả") or row["Hạn xử lý"])


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    out = tmp_path_factory.mktemp("promises")
    options = GenerateOptions(
        dossiers=5_000, first_month="2024-10", last_month="2025-08", formats=("nghean_igate", "nghean_land"),
        fault_rates=dict.fromkeys(parameters("faults"), 0.0),
    )  # fmt: skip
    generate(options, out)
    rows = []
    for path in sorted((out / "landing" / "dossiers").glob("so-ho-so*")):
        text = gzip.decompress(path.read_bytes()).decode("utf-8-sig")
        printed = path.name.removeprefix("so-ho-so-dat-dai ")[:10]
        rows += [row | {"printed": printed} for row in csv.DictReader(io.StringIO(text, newline=""))]
    return Told(rows, pl.read_parquet(out / "truth" / "dossiers.parquet"), out)


def share(truth: pl.DataFrame, portal: str, reason: str) -> float:
    mine = truth.filter((pl.col("source_system") == portal) & pl.col("due_difference_reason").is_not_null())
    return mine.filter(pl.col("due_difference_reason") == reason).height / mine.height


def test_some_promises_are_padded(told: Told) -> None:
    assert 0.025 < share(told.truth, "nghean_land", "padded") < 0.06
    assert 0.005 < share(told.truth, "nghean_igate", "padded") < 0.04
    padded = told.truth.filter(pl.col("due_difference_reason") == "padded")
    flags = pl.read_parquet(told.out / "truth" / "flags.parquet").filter(
        pl.col("rule_id") == "due_beyond_limit"
    )
    assert padded.join(flags, on=["source_system", "dossier_code"], how="anti").is_empty()


def test_most_promises_are_the_limits_own(told: Told) -> None:
    for portal in ("nghean_igate", "nghean_land"):
        assert share(told.truth, portal, "none") > 0.85, portal


def test_the_land_portal_did_not_know_two_holidays(told: Told) -> None:
    land = told.truth.filter(pl.col("source_system") == "nghean_land")
    by_calendar = land.filter(pl.col("due_difference_reason") == "calendar")
    spans = [(date(2025, 1, 13), date(2025, 1, 24)), (date(2025, 4, 21), date(2025, 4, 29))]
    within = pl.any_horizontal(pl.col("received_at").dt.date().is_between(*span) for span in spans)
    assert by_calendar.filter(within).height > 20
    assert by_calendar.filter(~within).height <= 0.1 * by_calendar.height
    for span in spans:
        received = land.filter(pl.col("received_at").dt.date().is_between(*span))
        assert received.filter(pl.col("due_difference_reason") == "padded").height <= 2, span


def test_late_dossiers_are_put_off_once_with_an_apology(told: Told) -> None:
    moved = after_expiry = 0
    for rows in told.states.values():
        counts = [row["Số lần gia hạn"] for row in rows]
        assert counts == sorted(counts)
        assert set(counts) <= {"", "1"}
        assert all(row["Ngày xin lỗi"] for row in rows if row["Số lần gia hạn"])
        if "1" in counts[1:] and not counts[0]:
            before, put_off = rows[counts.index("1") - 1], rows[counts.index("1")]
            # the promise before it is known if the dossier was accepted, and nothing else has moved it
            if before["Mã trạng thái"] != "1" and not put_off["Số lần bổ sung"]:
                assert due_of(put_off) > due_of(before)
                moved += 1
                after_expiry += day(put_off["Ngày xin lỗi"]) > due_of(before)
    assert moved > after_expiry > 0


def test_some_apologise_only_and_many_late_ones_do_not(told: Told) -> None:
    last = [rows[-1] for rows in told.states.values()]
    late = [row for row in last if row[VERDICT] == "Trễ hạn"]
    sorry = [row for row in late if row["Ngày xin lỗi"] and not row["Số lần gia hạn"]]
    silent = [row for row in late if not row["Ngày xin lỗi"]]
    assert len(silent) > len(sorry) > 0


def test_the_land_register_judges_closed_dossiers_by_its_own_dates(told: Told) -> None:
    words = set()
    for row in told.rows:
        end = row["Ngày có kết quả"]
        if not end:
            assert row[VERDICT] == ""
            continue
        order = (day(end) > due_of(row)) - (day(end) < due_of(row))
        assert row[VERDICT] == {-1: "Sớm hạn", 0: "Đúng hạn", 1: "Trễ hạn"}[order]
        words.add(row[VERDICT])
    assert len(words) == 3


def test_nothing_is_told_before_it_happened(told: Told) -> None:
    asked = 0
    for row in told.rows:
        printed = date.fromisoformat(row["printed"])
        for column in LATER:
            if column.startswith("Ngày") and row[column]:
                assert day(row[column]) < printed
        assert bool(row["Số lần bổ sung"]) == bool(row["Ngày yêu cầu bổ sung"])
        assert not (row["Mã trạng thái"] == "5" and row["Ngày hoàn thành bổ sung"])
        asked += bool(row["Số lần bổ sung"])
    assert asked > 20


def test_igate_tells_of_requests_in_a_nested_record(told: Told) -> None:
    requirements: list[dict[str, Any] | None] = [
        element["additionalRequirement"]
        for path in sorted((told.out / "landing" / "dossiers").glob("igate*"))
        for element in json.loads(gzip.decompress(path.read_bytes()))["content"]
    ]
    told_of = [requirement for requirement in requirements if requirement]
    assert None in requirements
    assert {requirement["count"] for requirement in told_of} <= {1, 2}
    assert all(requirement["firstRequestedDate"].endswith(".000+0000") for requirement in told_of)
    assert any(requirement["lastCompletedDate"] is None for requirement in told_of)


def test_results_are_entered_after_hours_on_the_due_day(told: Told) -> None:
    land = told.truth.filter((pl.col("source_system") == "nghean_land") & pl.col("finished_at").is_not_null())
    same_day = pl.col("finished_at").dt.date() == pl.col("due_at").dt.date()
    after = land.filter((pl.col("outcome_strict") == "late") & same_day)
    assert after.height > 10
    assert set(after["outcome_portal_stated"]) == {"on_time"}


def test_truth_counts_what_the_register_states(told: Told) -> None:
    stated = {code: rows[-1]["Số lần bổ sung"] or "0" for code, rows in told.states.items()}
    land = told.truth.filter(pl.col("source_system") == "nghean_land")
    counted = dict(land.select("dossier_code", pl.col("supplement_count").cast(pl.String)).iter_rows())
    assert counted == stated
