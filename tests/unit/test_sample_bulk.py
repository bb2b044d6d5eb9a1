"""The one-stop portal made for volume: what it lists is ingested as its counts say, in every layout."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.ingestion.ingest import Ingestion
from pipelines.sample import GenerateOptions, generate
from pipelines.sample.bulk_files import CsvWriter
from pipelines.sample.options import parameters
from pipelines.sample.truth import DOSSIER_CODE
from pipelines.settings import PROJECT_ROOT, Settings

FATES = ("rows_read", "rows_accepted", "rows_quarantined", "rows_repeated")
DOSSIER_FAULTS = {"untypable_date", "missing_dossier_code", "mistyped_year", "exact_repeat", "missing_due"}
OFTEN = dict.fromkeys(DOSSIER_FAULTS, 0.01) | {"impossible_score": 0.02}
SHORT: dict[str, Any] = {"first_month": "2026-07", "last_month": "2026-10", "layout": "csv"}
NIGHT = "so-ho-so-mot-cua 2026-11-02"


def summary(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((folder / "truth" / "summary.json").read_text(encoding="utf-8"))
    return said


def deliver(folder: Path, settings: Settings) -> None:
    shutil.copytree(folder / "landing", settings.landing, dirs_exist_ok=True)


def ingest(settings: Settings) -> dict[str, tuple[int, ...]]:
    """File → rows by fate; every title of every file is known."""
    entries = [outcome.entry for outcome in Ingestion.of(settings).run()]
    assert {(e.status, e.unknown_columns, e.missing_columns) for e in entries} == {("accepted", "[]", "[]")}
    return {e.file_name: tuple(getattr(e, fate) for fate in FATES) for e in entries}


def told(folder: Path) -> dict[str, tuple[int, ...]]:
    return {f["file_name"]: tuple(f[fate] for fate in FATES) for f in summary(folder)["files"]}


def lake(settings: Settings, kind: str = "dossiers") -> pl.DataFrame:
    return pl.read_parquet(settings.lake / kind / "*.parquet")


def outcomes(states: pl.DataFrame) -> dict[str, int]:
    """Strict outcomes of the last word on each dossier, by the sentences of docs/analyst.md."""
    cut = states["observed_at"].max()
    last = states.sort("observed_at").unique("dossier_code", keep="last").to_dicts()

    def judged(row: dict[str, Any]) -> str:
        status, due, end = row["status_code"], row["due_at"], row["finished_at"]
        if row["received_at"] is None or status in {"registered", "not_received"}:
            return "not_applicable"
        if due is None:
            return "cannot_tell"
        if end is not None:
            return "on_time" if end <= due else "late"
        if status in {"withdrawn", "stopped"}:
            return "not_applicable"
        return "open_late" if cut > due else "open_in_time"

    words = [judged(row) for row in last]
    return {word: words.count(word) for word in sorted(set(words))}


@dataclass(frozen=True)
class Province:
    """Three thousand dossiers of seven years, and a night."""

    out: Path
    options: GenerateOptions


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    out = tmp_path_factory.mktemp("one-stop")
    options = GenerateOptions(dossiers=3_000, layout="csv", night=200, fault_rates=OFTEN)
    generate(options, out)
    return Province(out, options)


def listed(folder: Path) -> pl.DataFrame:
    files = sorted((folder / "landing" / "dossiers").glob("*.csv"))
    return pl.concat(pl.read_csv(f, infer_schema=False).with_columns(file=pl.lit(f.stem)) for f in files)


def test_every_row_ends_where_the_counts_say(province: Province, settings: Settings) -> None:
    deliver(province.out, settings)
    found, expected = ingest(settings), told(province.out)
    assert found == expected
    assert sum(read for read, *_ in expected.values()) > 13_000  # with the registers
    quarantined = pl.read_parquet(settings.lake / "_quarantine" / "*.parquet")
    faults = summary(province.out)["faults"]
    assert set(faults) >= DOSSIER_FAULTS
    assert dict(quarantined.filter(kind="dossiers")["reason_code"].value_counts().iter_rows()) == {
        "bad_timestamp": faults["untypable_date"],
        "missing_key": faults["missing_dossier_code"],
        "date_out_of_range": faults["mistyped_year"],
    }
    states = lake(settings)
    assert states["dossier_code"].is_unique().all()
    assert states.height == summary(province.out)["dossiers"]
    assert outcomes(states) == summary(province.out)["outcomes"]["strict"]
    assert not states.select((pl.col(pl.String) == "unmapped").any()).row(0).count(True)


def test_the_counts_after_the_night_are_those_of_both_deliveries(
    province: Province, settings: Settings
) -> None:
    deliver(province.out, settings)
    deliver(province.out / "night", settings)
    assert ingest(settings) == told(province.out) | told(province.out / "night")
    after = summary(province.out / "night")
    assert outcomes(lake(settings)) == after["outcomes"]["strict"]
    statuses = lake(settings).sort("observed_at").unique("dossier_code", keep="last")["status_code"]
    assert dict(statuses.value_counts().iter_rows()) == after["statuses"]
    assert after["data_cut_at"] == "2026-11-02 00:00:00"


def test_a_night_brings_new_dossiers_changes_and_corrections(province: Province) -> None:
    night = listed(province.out / "night")
    before = listed(province.out)
    assert set(night["file"]) == {NIGHT}
    assert night.height == province.options.night
    known = before.filter(pl.col("Mã hồ sơ").is_in(night["Mã hồ sơ"].implode()))
    is_open = pl.col("Thời điểm xử lý xong").is_null() & pl.col("Trạng thái").is_in(["2", "4", "5", "6"])
    changed, corrected = known.filter(is_open), known.filter(~is_open)
    assert set(changed["file"]) == {"so-ho-so-mot-cua 2026-11-01"}
    assert 10 < changed.height <= 100
    assert corrected["Mã hồ sơ"].n_unique() == 2
    new = night.filter(~pl.col("Mã hồ sơ").is_in(before["Mã hồ sơ"].drop_nulls().implode()))
    assert new["Thời điểm nộp"].str.starts_with("01/11/2026").all()
    assert new.height == 200 - changed["Mã hồ sơ"].n_unique() - 2


def test_every_dossier_is_told_once_in_the_month_it_came_to_rest(tmp_path: Path) -> None:
    none = dict.fromkeys(parameters("faults_one_stop"), 0.0)
    generate(GenerateOptions(dossiers=3_000, layout="csv", fault_rates=none), tmp_path)
    rows = listed(tmp_path)
    assert rows.height == rows["Mã hồ sơ"].n_unique() == 3_000
    assert rows["Mã hồ sơ"].str.contains(DOSSIER_CODE).all()
    happened = [name for name in rows.columns if name.startswith("Thời") and name != "Thời điểm hẹn trả"]
    rest = pl.max_horizontal(pl.col(name).str.to_datetime("%d/%m/%Y %H:%M:%S") for name in happened)
    is_last = pl.col("file").str.ends_with("2026-11-01")
    # who withdrew or was stopped is told of without the moment
    months = rows.filter(~is_last & (pl.col("Trạng thái") == "10")).select(
        rested=rest.dt.truncate("1mo").dt.offset_by("1mo").dt.date(),
        told=pl.col("file").str.slice(-10).str.to_date(),
    )
    assert months["rested"].equals(months["told"])
    closed = rows.filter(~is_last)["Trạng thái"].unique()
    assert set(closed) <= {"3", "7", "8", "9", "10"}
    strict = summary(tmp_path)["outcomes"]["strict"]
    assert 0.03 < strict["late"] / 3_000 < 0.08
    assert 0.005 < (strict["open_late"] + strict["open_in_time"]) / 3_000 < 0.03


def test_nobody_in_it_is_a_person(province: Province) -> None:
    rows = listed(province.out)
    assert rows["Số CCCD"].str.contains(r"^999\d{9}$").all()
    assert rows["Số điện thoại"].str.contains(r"^0955\d{6}$").all()
    assert rows["Thư điện tử"].str.ends_with("@example.vn").all()


def test_all_layouts_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = {}
    for layout in ("csv", "html", "xlsx", "json"):
        out = tmp_path / layout
        generate(GenerateOptions(**SHORT | {"layout": layout}, dossiers=1_000, fault_rates=OFTEN), out)
        monkeypatch.setenv("DUNGHEN_DATA", str(tmp_path / f"data-{layout}"))
        settings = Settings.load()
        deliver(out, settings)
        assert ingest(settings) == told(out), layout
        kept = lake(settings).drop("file_sha256", "row_number", "observed_at")
        pseudonyms = [name for name in kept.columns if name.startswith("applicant_")]  # by each key its own
        frames[layout] = kept.drop(pseudonyms).sort("dossier_code")
    assert frames["csv"].height > 950
    assert all(frame.equals(frames["csv"]) for frame in frames.values())


@pytest.mark.parametrize("layout", ["csv", "xlsx"])
def test_equal_options_give_equal_bytes_in_another_process(tmp_path: Path, layout: str) -> None:
    options = GenerateOptions(**SHORT | {"layout": layout}, dossiers=400, night=50)
    script = f"""
from pathlib import Path
from pipelines.sample import GenerateOptions, generate
options = GenerateOptions(first_month="2026-07", layout={layout!r}, dossiers=400, night=50)
generate(options, Path({str(tmp_path / "other")!r}))
"""
    environment = os.environ | {"PYTHONHASHSEED": "4711", "POLARS_MAX_THREADS": "1"}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, cwd=PROJECT_ROOT)
    generate(options, tmp_path / "one")
    one, other = (
        {path.relative_to(root): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
        for root in (tmp_path / "one", tmp_path / "other")
    )
    assert one == other


def test_no_more_than_a_month_and_what_is_open_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    put = CsvWriter.put

    def counted(self: CsvWriter, rows: pl.DataFrame, day: date) -> str:
        held.append(rows.height)
        return put(self, rows, day)

    monkeypatch.setattr(CsvWriter, "put", counted)
    generate(GenerateOptions(dossiers=8_000, layout="csv"), tmp_path)
    assert len(held) == 82
    assert sum(held) >= 8_000
    assert max(held) < 3 * 8_000 / 82 + 0.02 * 8_000


def test_a_second_generation_replaces_its_own_files_only(tmp_path: Path) -> None:
    options = GenerateOptions(**SHORT, dossiers=300)
    generate(options, tmp_path)
    own = tmp_path / "landing" / "dossiers" / "own.csv"
    own.write_text("x", encoding="utf-8")
    generate(replace(options, layout="json"), tmp_path)
    names = sorted(path.name for path in own.parent.iterdir())
    assert names == ["own.csv", "so-ho-so-mot-cua 2026-11-01.json"]


def test_the_smallest_province_has_no_empty_file(tmp_path: Path) -> None:
    generate(GenerateOptions(dossiers=100, layout="csv", night=20), tmp_path)
    for folder in (tmp_path, tmp_path / "night"):
        assert all(read for read, *_ in told(folder).values())


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"layout": "pdf"}, "known are"),
        ({"night": 10}, "a layout other than portals"),
        ({"night": -1, "layout": "csv"}, "ask for 1 or more"),
        ({"layout": "xlsx", "dossiers": 2_000_000}, "use the layout csv"),
        ({"layout": "csv", "fault_rates": {"ragged_line": 0.1}}, "known are"),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_remedy(wrong: dict[str, Any], remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        GenerateOptions(**wrong)


def test_a_layout_begins_where_it_is_made_for() -> None:
    assert GenerateOptions().months[0] == (2024, 1)
    assert GenerateOptions(layout="csv").months[0] == (2020, 1)
    assert GenerateOptions(layout="csv", first_month="2025-03").months[0] == (2025, 3)
