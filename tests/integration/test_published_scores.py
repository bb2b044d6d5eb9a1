"""The published scores of the national index: real workbooks, their sheets, and the night they were restated.

Here: five real workbooks against a list made from them by other means; careless variants of one of them.
Not here: single rules of the models; their unit tests stand beside them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from unicodedata import is_normalized

import polars as pl
import pytest

from pipelines.ingestion.explain import explain
from pipelines.ingestion.ingest import Ingestion
from pipelines.ingestion.lake import LedgerEntry
from pipelines.ingestion.readers import UnreadableFile
from pipelines.settings import PROJECT_ROOT, Settings
from pipelines.text import agency_key, nfc
from tests.dbt_helpers import dbt_build, query, settings_in
from tests.deliveries import Sheets, sheets_of, write_sheets

SHIPPED = PROJECT_ROOT / "data" / "sample" / "landing" / "published_scores"
GOLDEN = PROJECT_ROOT / "tests" / "data" / "national_index_766_scores.csv.gz"
LAST = "bao_cao_T10_2025 2025-10-16T115607.xlsx"
SCORES = {
    "transparency_score": "CKMB_cong_khai_minh_bach",
    "timeliness_score": "TDGQ_tien_do_giai_quyet",
    "online_service_score": "CLGQ_dvc_truc_tuyen",
    "online_payment_score": "TTTT_thanh_toan_truc_tuyen",
    "satisfaction_score": "MDHL_muc_do_hai_long",
    "digitisation_score": "MDSH_so_hoa",
    "total_score": "TONG_SCORE",
}
MODELS = (
    "index_766_indicators",
    "stg_published_scores",
    "int_published_score_history",
    "ingestion_ledger",
    "fct_published_score",
    "mart_published_score_restatement",
)
# Departments were asked for by year until 11/10/2025, by month from 15/10/2025 on.
PERIOD = {"Điểm năm": "year", "Báo cáo 766": "year", "Xã Phường": "year", "Điểm tháng": "month"}


@pytest.fixture(scope="module")
def golden() -> pl.DataFrame:
    """The 774 rows as a plain reader of the workbooks listed them."""
    frame = pl.read_csv(GOLDEN, infer_schema=False)
    late = pl.col("snapshot_commit_time") >= "2025-10-15"
    departments = pl.when(late).then(pl.lit("month")).otherwise(pl.lit("year"))
    return frame.with_columns(
        pl.col("ten").str.normalize("NFC").alias("unit_name"),
        pl.col("snapshot_commit_time").str.head(19).str.to_datetime(time_unit="us").alias("observed_at"),
        pl.col("sheet").replace_strict(PERIOD, default=departments).alias("period_type"),
        pl.col("ROW_STT").cast(pl.Int64).alias("unit_rank"),
        *(pl.col(header).cast(pl.Decimal(18, 2)).alias(name) for name, header in SCORES.items()),
    )


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The five workbooks ingested and modelled."""
    settings = settings_in(tmp_path_factory.mktemp("scores"))
    shutil.copytree(SHIPPED, settings.landing / "published_scores")
    Ingestion.of(settings).run()
    dbt_build(settings, "--select", *MODELS, "--indirect-selection", "cautious")
    return settings


def accepted(settings: Settings) -> pl.DataFrame:
    return pl.read_parquet(settings.lake / "published_scores" / "*.parquet")


def ledger(settings: Settings) -> dict[str, LedgerEntry]:
    entries = Ingestion.of(settings).lake.entries().values()
    return {entry.file_name: entry for entry in entries}


def test_the_lake_holds_the_774_rows_of_the_workbooks(real: Settings, golden: pl.DataFrame) -> None:
    names = ["observed_at", "ma_coquan", "unit_name", "period_type", *SCORES, "unit_rank"]
    expected = golden.select(names).rename({"ma_coquan": "unit_code"})
    found = accepted(real).select(expected.columns)
    assert found.height == 774
    assert sorted(map(repr, found.rows())) == sorted(map(repr, expected.rows()))


def test_names_are_composed_and_the_decomposed_one_joins(real: Settings, golden: pl.DataFrame) -> None:
    names = accepted(real)["unit_name"].unique().to_list()
    assert all(is_normalized("NFC", name) for name in names)
    decomposed = golden.filter(pl.col("ten") != pl.col("unit_name"))["ten"].unique().to_list()
    assert [nfc(name).split(" - ")[0] for name in decomposed] == ["UBND phường Long Phú"]
    [(count,)] = query(
        real,
        "select count(distinct unit_code) from core.fct_published_score "
        f"where unit_name_key = '{agency_key('UBND phường Long Phú - tỉnh An Giang')}'",
    )
    assert count == 1


def test_the_rank_is_no_row_number(real: Settings) -> None:
    ranks = query(
        real,
        "select unit_rank from core.fct_published_score where unit_level = 'department' and is_current "
        "and indicator_id = 'total' and period_type = 'month' order by 1",
    )
    assert len(ranks) == 15
    assert max(rank for (rank,) in ranks) == 117


def test_every_row_and_every_sheet_is_accounted_for(real: Settings) -> None:
    entries = ledger(real)
    assert len(entries) == 5
    for name, entry in entries.items():
        several = "thang" not in name
        assert entry.rows_read == entry.rows_accepted == (185 if several else 34)
        assert json.loads(entry.unread_sheets or "") == (
            ["Xu hướng tháng", "Xu hướng quý"] if several else []
        )
        other = json.loads(entry.not_records_detail).get("other_sheet", 0)
        assert other == (9 if several else 0)
        assert entry.unknown_columns == "[]"


def test_a_month_in_the_name_does_not_make_year_figures_a_month(real: Settings) -> None:
    rows = accepted(real).filter(pl.col("source_id") == "national_index_766_single")
    assert rows["period_type"].unique().to_list() == ["year"]
    twin = accepted(real).filter(
        (pl.col("period_type") == "year") & (pl.col("observed_at") == rows["observed_at"][0])
    )
    same = rows.select("unit_code", *SCORES).join(
        twin.filter(pl.col("source_id") != rows["source_id"][0]).select("unit_code", *SCORES),
        on=["unit_code", *SCORES],
    )
    assert same.height == 34


def test_the_satisfaction_scores_of_october_were_restated_overnight(real: Settings) -> None:
    changed = query(
        real,
        "select unit_code, first_reported_score, before_score, after_score, score_change, "
        "restated_unit_count, published_unit_count, before_file_name, after_file_name, is_period_running "
        "from marts.mart_published_score_restatement where indicator_code = 'MDHL' and period_type = 'month' "
        "and unit_level = 'province' and night_date = date '2025-10-16' order by unit_code",
    )
    assert len(changed) == 34
    assert {row[5:7] for row in changed} == {(34, 34)}
    assert {min(row[4] for row in changed), max(row[4] for row in changed)} == {
        Decimal("6.00"),
        Decimal("6.08"),
    }
    [nghe_an] = [row for row in changed if row[0] == "H41"]
    assert nghe_an[1:5] == (Decimal("11.18"), Decimal("11.37"), Decimal("17.44"), Decimal("6.07"))
    assert nghe_an[7:] == ("bao_cao_T10_2025 2025-10-15T084757.xlsx", LAST, True)
    [bac_ninh] = [row for row in changed if row[0] == "H05"]
    assert bac_ninh[2:4] == (Decimal("12.00"), Decimal("18.00"))


def test_figures_of_two_periods_are_no_restatement_of_each_other(real: Settings) -> None:
    nights = query(
        real,
        "select distinct period_type, night_date from marts.mart_published_score_restatement "
        "where unit_level = 'department' order by 1, 2",
    )
    assert [(period, str(night)) for period, night in nights] == [("month", "2025-10-16")]


def test_changes_and_first_scores_are_those_of_the_workbooks(real: Settings, golden: pl.DataFrame) -> None:
    """An independent count, in polars over the list: consecutive snapshots of a unit that differ."""
    long = golden.unpivot(
        on=list(SCORES), index=["ma_coquan", "period_type", "observed_at"], value_name="score"
    ).unique()
    key = ["ma_coquan", "period_type", "variable"]
    long = long.sort("observed_at").with_columns(before=pl.col("score").shift().over(key))
    moved = long.filter(pl.col("before") != pl.col("score"))
    expected = sorted(moved.select(*key[:2], "observed_at", "before", "score").rows(), key=repr)
    found = query(
        real,
        "select unit_code, period_type, after_observed_at, before_score, after_score "
        "from marts.mart_published_score_restatement",
    )
    assert sorted(found, key=repr) == expected
    assert len(expected) > 1_000


def test_groups_add_up_to_the_hundredth(real: Settings) -> None:
    groups = [pl.col(name) for name in SCORES if name != "total_score"]
    assert accepted(real).filter(pl.sum_horizontal(groups) != pl.col("total_score")).is_empty()


def test_history_does_not_depend_on_the_order_of_arrival(real: Settings, tmp_path: Path) -> None:
    late = settings_in(tmp_path)
    folder = late.landing / "published_scores"
    folder.mkdir(parents=True)
    for name in sorted((path.name for path in SHIPPED.iterdir()), reverse=True):
        shutil.copyfile(SHIPPED / name, folder / name)
        Ingestion.of(late).run()
    dbt_build(
        late, "--select", *MODELS, "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"
    )
    for relation in ("core.fct_published_score", "marts.mart_published_score_restatement"):
        assert sorted(query(late, f"from {relation}"), key=repr) == sorted(
            query(real, f"from {relation}"), key=repr
        )


def without_the_month(sheets: Sheets) -> None:
    del sheets["Điểm tháng"]


def renamed_sheet(sheets: Sheets) -> None:
    sheets["Các xã"] = sheets.pop("Xã Phường")


def renamed_title(sheets: Sheets) -> None:
    header = sheets["Điểm tháng"][0]
    header[header.index("MDHL")] = "Hài lòng"


def empty_sheet(sheets: Sheets) -> None:
    sheets["Sở Ban"] = []


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (without_the_month, "there is no sheet 'Điểm tháng'"),
        (renamed_sheet, "there is no sheet 'Xã Phường'"),
        (renamed_title, "sheet 'Điểm tháng' lacks the titles MDHL"),
        (empty_sheet, "sheet 'Sở Ban' lacks the titles MA_COQUAN"),
    ],
)
def test_a_changed_workbook_is_refused_whole_and_says_what_is_missing(
    settings: Settings, ingestion: Ingestion, spoil: Callable[[Sheets], None], says: str
) -> None:
    sheets = sheets_of(SHIPPED / LAST)
    spoil(sheets)
    path = settings.landing / "published_scores" / LAST
    write_sheets(path, sheets)
    [outcome] = ingestion.run()
    entry = outcome.entry
    assert (entry.status, entry.reason_code, entry.rows_accepted) == ("failed", "sheets_incomplete", 0)
    assert says in (entry.remedy or "")
    assert "→" in (entry.remedy or "")
    with pytest.raises(UnreadableFile, match=says):
        explain(ingestion, path, "published_scores")


def test_a_title_renamed_everywhere_names_the_nearest_source(
    settings: Settings, ingestion: Ingestion
) -> None:
    sheets = sheets_of(SHIPPED / LAST)
    for rows in sheets.values():
        rows[0] = ["Hài lòng" if cell == "MDHL" else cell for cell in rows[0]]
    write_sheets(settings.landing / "published_scores" / LAST, sheets)
    [outcome] = ingestion.run()
    assert outcome.entry.reason_code == "unknown_source"
    assert "national_index_766" in (outcome.entry.remedy or "")
    assert "MDHL" in (outcome.entry.remedy or "")


def test_a_workbook_without_any_described_sheet_is_of_no_source(
    settings: Settings, ingestion: Ingestion
) -> None:
    write_sheets(settings.landing / "published_scores" / LAST, {"Lạ": sheets_of(SHIPPED / LAST)["Điểm năm"]})
    [outcome] = ingestion.run()
    assert outcome.entry.reason_code == "unknown_source"
    assert "sheet" in (outcome.entry.remedy or "")


def test_a_refused_row_is_found_by_its_sheet_and_its_row_there(
    settings: Settings, ingestion: Ingestion
) -> None:
    sheets = sheets_of(SHIPPED / LAST)
    header = sheets["Điểm năm"][0]
    sheets["Điểm năm"][3][header.index("MDHL")] = "17,86"
    sheets["Sở Ban"][5][header.index("MA_COQUAN")] = ""
    sheets["Bản sao"] = sheets["Điểm năm"]
    write_sheets(settings.landing / "published_scores" / LAST, sheets)
    [outcome] = ingestion.run()
    entry = outcome.entry
    assert (entry.rows_read, entry.rows_accepted, entry.rows_quarantined) == (185, 183, 2)
    assert json.loads(entry.unread_sheets or "")[-1] == "Bản sao"
    assert json.loads(entry.not_records_detail)["other_sheet"] == 9 + 35
    rows = pl.read_parquet(settings.lake / "_quarantine" / "*.parquet").sort("row_number")
    assert rows.select(
        "sheet_name", "sheet_row_number", "row_number", "column_name", "reason_code"
    ).rows() == [
        ("Điểm năm", 4, 4, "satisfaction_score", "bad_number"),
        ("Sở Ban", 6, 35 + 35 + 4 + 5 + 6, "unit_code", "missing_key"),
    ]


SHEETS_BY_CHANNEL = """\
source: by_channel
kind: dossiers
title: A portal that puts each channel on a sheet of its own
system: {code: by_channel, name: By channel, time_zone: Asia/Ho_Chi_Minh}
recognise: {headers: [Mã, Ngày nhận]}
observed_at: {file_name: '(\\d{4}-\\d{2}-\\d{2})', format: '%Y-%m-%d'}
sheets:
  Trực tiếp: {channel_code: direct}
  TRỰC TUYẾN: {channel_code: online}
columns: {dossier_code: Mã, received_at: Ngày nhận, agency_code: {file_name: '^(H\\d+) '}}
dates: ['%d/%m/%Y']
"""


def test_a_source_with_sheets_is_one_yaml(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts = tmp_path / "own" / "sources"
    contracts.mkdir(parents=True)
    (contracts / "by_channel.yaml").write_text(SHEETS_BY_CHANNEL, encoding="utf-8")
    monkeypatch.setenv("DUNGHEN_CONTRACTS", str(contracts.parent))
    head = ["Mã", "Ngày nhận"]
    book = {
        "Trực tiếp": [["Sổ hồ sơ"], head, ["A-1", "02/01/2026"]],
        "Trực tuyến": [head, ["A-2", "03/01/2026"], ["A-3", "04/01/2026"]],
        "Ghi chú": [["xem lại"]],
    }
    write_sheets(settings.landing / "dossiers" / "H41 2026-02-01.xlsx", book)
    [outcome] = Ingestion.of(Settings.load()).run()
    assert outcome.entry.source_id == "by_channel"
    rows = pl.read_parquet(settings.lake / "dossiers" / "*.parquet").sort("row_number")
    assert rows.select("dossier_code", "channel_code", "agency_code", "row_number").rows() == [
        ("A-1", "direct", "H41", 3),
        ("A-2", "online", "H41", 5),
        ("A-3", "online", "H41", 6),
    ]
    assert outcome.entry.unread_sheets == '["Ghi chú"]'
