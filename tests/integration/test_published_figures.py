"""What others published as totals and indices: read as printed, checked, never repaired.

Here: the real figures that ship, and the layouts of portals' summaries (V7, V10, V12, V13) made by hand.
Not here: single rules of the models; their unit tests stand beside them.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.ingestion.ingest import Ingestion
from pipelines.settings import PROJECT_ROOT
from tests.dbt_helpers import dbt_build, query, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.settings import Settings

SHIPPED = PROJECT_ROOT / "data" / "sample" / "landing"
MODELS = (
    "published_metrics", "published_identities", "province_names", "stg_published_statistics",
    "fct_published_statistic", "mart_published_statistic_check", "stg_published_indices",
    "fct_published_index", "mart_published_index_coverage",
)  # fmt: skip
LEAD = (
    "UBND TỈNH NGHỆ AN",
    "TỔNG HỢP TÌNH HÌNH GIẢI QUYẾT HỒ SƠ",
    "(Từ ngày 01/10/2026 đến ngày 31/10/2026)",
)
V7_TALL = ("Bổ sung", "Dừng", "NVTC", "Trả lại/Rút HS")
V7_LEAVES = ("Tổng số", "Kỳ trước", "Trong kỳ", "Trước hạn", "Đúng hạn", "Quá hạn", "Tỷ lệ", "Trong hạn",
             "Quá hạn")  # fmt: skip


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The shipped files, ingested and modelled."""
    made = settings_in(tmp_path_factory.mktemp("figures"))
    for kind in ("published_statistics", "published_indices"):
        shutil.copytree(SHIPPED / kind, made.landing / kind)
    Ingestion.of(made).run()
    dbt_build(made, "--select", *MODELS, "--exclude-resource-type", "unit_test")
    return made


def test_every_published_difference_is_shown_and_none_repaired(real: Settings) -> None:
    rows = query(
        real,
        "select scope_name, period_label, identity_id, left_count, right_count, difference_count "
        "from marts.mart_published_statistic_check where not is_equal "
        "order by identity_id, period_label desc, scope_name",
    )
    quarter = "2019-12-01..2020-02-29"
    assert rows == [
        ("Lâm Đồng - cấp huyện (gồm xã)", "2019-10", "resolved_by_time", 17_651, 17_655, -4),
        # these two are rounded to thousands on their pages
        ("Bến Tre - TTPVHCC tỉnh", "2021-05", "resolved_by_time_merged", 4_561, 4_532, 29),
        ("Bến Tre - TTPVHCC tỉnh", "2020-10", "resolved_by_time_merged", 8_980, 8_977, 3),
        ("Lâm Đồng - toàn tỉnh", quarter, "resolved_by_time_merged", 643_272, 643_270, 2),
        ("Lâm Đồng - cấp huyện", quarter, "total_by_state", 340_060, 333_001, 7_059),
        ("Lâm Đồng - cấp tỉnh", quarter, "total_by_state", 54_575, 54_580, -5),
        ("Lâm Đồng - toàn tỉnh", quarter, "total_by_state", 659_245, 650_444, 8_801),
    ]
    [(judged,)] = query(real, "select count(*) from marts.mart_published_statistic_check")
    assert judged == 20


def test_figures_stay_as_the_page_has_them(real: Settings) -> None:
    path = next((SHIPPED / "published_statistics").glob("*.csv"))
    printed = pl.read_csv(path, infer_schema=False)
    [(rows,)] = query(real, "select count(*) from staging.stg_published_statistics")
    assert rows == printed.height == 14
    counts = printed.drop("scope", "period", "period_start", "period_end", "url", "note")
    numbers = sorted(int(n) for column in counts for n in column.drop_nulls())
    found = query(real, "select published_count from core.fct_published_statistic order by 1")
    assert [count for (count,) in found] == numbers


def test_papi_is_whole_and_its_blanks_are_counted(real: Settings) -> None:
    [counts] = query(
        real,
        "select sum(published_count), sum(blank_count), sum(unknown_province_count), "
        "count(distinct component_code), count(distinct period_year) "
        "from marts.mart_published_index_coverage where source_system = 'papi'",
    )
    assert counts == (25_578, 3_687, 0, 29, 14)
    [provinces] = query(
        real,
        "select count(distinct province_code), count(distinct as_is_province_code) "
        "from core.fct_published_index where source_system = 'papi'",
    )
    assert provinces == (63, 34)
    [(score,)] = query(
        real,
        "select published_score from core.fct_published_index where source_system = 'papi' "
        "and province_name = 'Hà Nội' and period_year = 2011 and component_code = 'SC14'",
    )
    assert score == 0.8689144


def test_components_that_ended_or_began_are_blank_in_the_other_years(real: Settings) -> None:
    [(last, first)] = query(
        real,
        "select max(period_year) filter (where component_code = 'SC52' and figure_count > 0), "
        "min(period_year) filter (where component_code = 'SC71' and figure_count > 0) "
        "from marts.mart_published_index_coverage where source_system = 'papi'",
    )
    assert (last, first in (2018, 2019)) == (2020, True)


def test_places_without_a_figure_are_no_blanks(real: Settings) -> None:
    rows = query(
        real,
        "select index_code, published_score, published_rank, is_blank from core.fct_published_index "
        "where source_system = 'published_pages' and province_name = 'Nghệ An' and period_year = 2022 "
        "order by 1",
    )
    assert rows == [
        ("papi", None, 17, False),
        ("par_index", None, 16, False),
        ("pci", None, 23, False),
        ("sipas", None, 14, False),
    ]
    unknown = query(real, "select count(*) from core.fct_published_index where province_name is null")
    assert unknown == [(0,)]


def test_a_damaged_archive_is_refused_and_says_what_to_do(settings: Settings, ingestion: Ingestion) -> None:
    path = next((SHIPPED / "published_indices").glob("papi*.zip"))
    content = bytearray(path.read_bytes())
    content[60_000:60_100] = bytes(100)
    (settings.landing / "published_indices" / path.name).write_bytes(content)
    [outcome] = ingestion.run()
    assert (outcome.entry.status, outcome.entry.reason_code) == ("failed", "truncated_archive")


def page(*rows: str) -> str:
    lead = "".join(f'<tr><td colspan="15">{text}</td></tr>' for text in LEAD)
    return f"<html><table>{lead}{''.join(rows)}</table></html>"


def cells(*texts: object) -> str:
    return "<tr>" + "".join(f"<td>{text}</td>" for text in texts) + "</tr>"


def v7(first: str) -> str:
    tall = [f'<td rowspan="2">{text}</td>' for text in ("STT", first)]
    wide = [
        f'<td colspan="{n}">{text}</td>' for text, n in (("Tiếp nhận", 3), ("Đã xử lý", 4), ("Đang xử lý", 2))
    ]
    last = [f'<td rowspan="2">{text}</td>' for text in V7_TALL]
    return f"<tr>{''.join([*tall, *wide, *last])}</tr>" + cells(*V7_LEAVES)


def v10() -> str:
    def td(text: str, **span: int) -> str:
        return f"<td {' '.join(f'{k}={v}' for k, v in span.items())}>{text}</td>"

    top = [
        td("STT", rowspan=3), td("Đơn vị", rowspan=3), td("Nhận giải quyết", colspan=5),
        td("Kết quả", colspan=3), td("Đang giải quyết", colspan=2),
        td("Tạm dừng bổ sung điều kiện", rowspan=3), td("Rút không giải quyết", rowspan=3),
        td("Tỉ lệ sớm và đúng hạn", rowspan=3),
    ]  # fmt: skip
    middle = [td("Tổng", rowspan=2), td("Tồn trước", rowspan=2), td("Nhận trong kì", colspan=3)]
    middle += [td(t, rowspan=2) for t in ("Sớm hạn", "Đúng hạn", "Trễ hạn", "Còn hạn", "Quá hạn")]
    rows = (top, middle, [td("Tổng"), td("Một cửa"), td("Trực tuyến")])
    return "".join(f"<tr>{''.join(row)}</tr>" for row in rows)


def written(folder: Path) -> None:
    """A small file of each layout."""
    ward = cells(
        1, "UBND phường Thành Vinh", "1.234", 34, "1.200", "1.000", 100, 20, "98.2%", 90, 10, 5, 4, 1, 5
    )
    commune = cells(2, "UBND xã Nghĩa Mai", 100, 10, 90, 50, 20, 5, "93.3%", 20, 5, 0, 0, 0, 1)
    total = cells("", "Tổng số", "1.334", 44, "1.290", "1.050", 120, 25, "97.9%", 110, 15, 5, 4, 1, 6)
    group = '<tr><td colspan="15">UBND phường Thành Vinh</td></tr>'
    field = cells(1, "Hộ tịch", 60, 10, 50, 40, 10, 0, "100%", 10, 0, 0, 0, 0, 0)
    other = cells(2, "Đất đai", 40, 0, 40, 10, 10, 10, "66.7%", 5, 5, 0, 0, 0, 0)
    sums = cells(1, "Sở A", 100, 10, 90, 30, 60, 50, 30, 5, 10, 3, 1, 1, "94.1%")
    span = "2026-10-01_2026-10-31 2026-11-01"
    igate = {"agencyName": "Sở Y tế", "received": 50, "resolved": 40, "receivedOnline": 30,
             "receivedDirect": 19, "resolvedOverdue": 0}  # fmt: skip
    online = {
        "agency_name": "Sở Tư pháp", "phatsinh_1phan_quantity": 10, "phatsinh_toanphan_quantity": 80,
        "chotiepnhan_quantity": 1, "datiepnhan_quantity": 89, "hoanthanh_quantity": 70, "tuchoi_quantity": 0,
        "onlinepaid_quantity": 60, "total_quantity": 90,
    }  # fmt: skip
    files = {
        "Tổng hợp theo đơn vị 1_11_2026 8_00.xls": page(v7("Đơn vị"), ward, commune, total),
        "Tổng hợp theo lĩnh vực 1_11_2026 8_00.xls": page(v7("Lĩnh vực"), group, field, other),
        "opencps 2026-11-01.xls": page(v10(), sums),
        f"thong-ke {span}.json": json.dumps([igate, igate | {"agencyName": "Sở Tư pháp"}]),
        f"truc-tuyen {span}.json": json.dumps([online, online | {"agency_name": "Sở Y tế"}]),
    }
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def portals(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A small summary of each portal, ingested and modelled."""
    made = settings_in(tmp_path_factory.mktemp("portals"))
    written(made.landing / "published_statistics")
    Ingestion.of(made).run()
    dbt_build(made, "--select", *MODELS, "--exclude-resource-type", "unit_test")
    return made


def test_each_layout_is_recognised_and_read_whole(portals: Settings) -> None:
    entries = Ingestion.of(portals).lake.entries().values()
    assert {(e.source_id, e.status, e.rows_accepted, e.rows_quarantined) for e in entries} == {
        ("tandan_statistics_by_agency", "accepted", 2, 0),
        ("tandan_statistics_by_field", "accepted", 2, 0),
        ("opencps_statistics", "accepted", 1, 0),
        ("igate_statistics", "accepted", 2, 0),
        ("igate_online_report", "accepted", 2, 0),
    }


def test_titles_that_stand_twice_are_told_apart_by_what_stands_above(portals: Settings) -> None:
    rows = dict(
        query(
            portals,
            "select metric_id, published_count from core.fct_published_statistic "
            "where scope_name = 'UBND phường Thành Vinh' and scope_type = 'agency'",
        )
    )
    assert (rows["total_count"], rows["late_count"], rows["open_overdue_count"]) == (1_234, 20, 10)
    [(parent, received)] = query(
        portals,
        "select parent_scope_name, published_count from core.fct_published_statistic "
        "where scope_name = 'Đất đai' and metric_id = 'received_count'",
    )
    assert (parent, received) == ("UBND phường Thành Vinh", 40)


def test_sums_of_portals_are_checked(portals: Settings) -> None:
    rows = query(
        portals,
        "select scope_name, identity_id, difference_count from marts.mart_published_statistic_check "
        "where not is_equal order by all",
    )
    assert rows == [
        ("Sở Tư pháp", "received_by_channel", 1),
        ("Sở Y tế", "received_by_channel", 1),
        ("UBND xã Nghĩa Mai", "total_by_outcome", -1),
    ]
    held = query(
        portals,
        "select identity_id, count(*) from marts.mart_published_statistic_check where is_equal "
        "group by all order by all",
    )
    assert held == [
        ("online_by_level", 2),
        ("received_by_channel", 1),
        ("total_by_origin", 5),
        ("total_by_outcome", 3),
    ]
