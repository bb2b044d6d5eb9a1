"""Registers that people keep: each error as a sentence, edits in place, and what holds.

Here: real files in a folder of registers, read by ingestion.
Not here: what the models make of them (their unit tests, tests/e2e/test_kept_registers.py).
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from pipelines.contracts import load_reasons
from pipelines.ingestion.clerk import check_register, check_registers
from pipelines.ingestion.ingest import Ingestion
from pipelines.publishing.inputs import inputs_fingerprint
from pipelines.settings import PROJECT_ROOT, Settings
from pipelines.warehouse.dbt import ensure_manifest
from pipelines.warehouse.manifest import standing_nodes
from tests.dbt_helpers import settings_in
from tests.deliveries import write_sheets

SHIPPED = PROJECT_ROOT / "data" / "registers"
TARGETS = [
    "Chỉ tiêu",
    "Phạm vi",
    "Cấp",
    "Năm",
    "So sánh",
    "Giá trị",
    "Đơn vị tính",
    "Văn bản",
    "Mức chắc chắn",
]
TARGET = ["Hồ sơ trực tuyến", "Nghệ An", "Tất cả", "2026", "≥", "70", "%", "Kế hoạch", "xác nhận"]
TASKS = [
    "Mã nhiệm vụ", "Năm kế hoạch", "Lĩnh vực cải cách", "Việc", "Đơn vị thực hiện", "Mã đơn vị", "Chủ trì",
    "Hạn", "Sản phẩm", "Văn bản",
]  # fmt: skip
TASK = [
    "NV-01", "2026", "Cải cách thể chế", "Rà soát 12 văn bản", "Sở Tư pháp", "", "Giám đốc Sở Tư pháp",
    "31/12/2026", "Báo cáo", "KH 2026",
]  # fmt: skip
APOLOGIES = ["Mã hồ sơ", "Ngày văn bản", "Ngày hẹn trả cũ", "Ngày hẹn trả mới", "Nguyên nhân"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = settings_in(tmp_path)
    settings.landing.mkdir()
    return settings


def write(settings: Settings, kind: str, rows: Sequence[Sequence[str]], name: str = "so.csv") -> Path:
    path = settings.registers / kind / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def with_cell(row: Sequence[str], header: Sequence[str], title: str, text: str) -> list[str]:
    return [text if name == title else cell for name, cell in zip(header, row, strict=True)]


def held_values(settings: Settings, kind: str, column: str) -> list[object]:
    """A column of the rows that hold."""
    held = pl.read_parquet(settings.lake / "_registers" / "*.parquet")
    rows = pl.read_parquet(settings.lake / kind / "*.parquet")
    return (
        rows.join(held.filter(pl.col("kind") == kind), on="file_sha256", how="semi")[column].sort().to_list()
    )


def test_the_shipped_registers_have_no_error(settings: Settings) -> None:
    shutil.copytree(SHIPPED, settings.registers)
    checked = check_registers(Ingestion.of(settings))
    assert {one.relative_path: one.complaints for one in checked if one.complaints} == {}
    rows = {one.relative_path.split("/")[1]: one.rows for one in checked}
    assert rows["targets"] == 29
    assert rows["focus_units"] == 7
    outcomes = Ingestion.of(settings).run()
    assert {o.entry.status for o in outcomes} == {"accepted"}
    assert sum(o.entry.rows_accepted for o in outcomes) == 36


@pytest.mark.parametrize(
    ("title", "text", "says"),
    [
        ("Mã nhiệm vụ", "", "Dòng 3, cột ‘Mã nhiệm vụ’: Thiếu mã định danh. Điền mã của dòng"),
        ("Việc", "", "Dòng 3, cột ‘Việc’: Thiếu ô bắt buộc. Điền ô này. Ghi nội dung việc"),
        ("Hạn", "31/13/2026", "Dòng 3, cột ‘Hạn’: Ngày không đọc được. Ghi theo dạng ngày/tháng/năm, ví dụ"),
        (
            "Hạn",
            "31/12/1926",
            "Dòng 3, cột ‘Hạn’: Ngày trước khoảng hợp lý. Xem lại năm; ngày phải từ 01/01/2015",
        ),
        ("Năm kế hoạch", "hai sáu", "Dòng 3, cột ‘Năm kế hoạch’: Số không đọc được. Chỉ ghi chữ số"),
        (
            "Năm kế hoạch",
            "206",
            "Dòng 3, cột ‘Năm kế hoạch’: Số ngoài khoảng cho phép. Ghi số từ 2020 đến 2100",
        ),
        (
            "Lĩnh vực cải cách",
            "Thể chế",
            "Từ không có trong danh mục. Chọn một trong: Cải cách thể chế, Cải cách",
        ),
        (
            "Chủ trì",
            "Nguyễn Văn Mẫu",
            "Dòng 3, cột ‘Chủ trì’: Ghi không đúng cách. Ghi chức danh hoặc đơn vị",
        ),
        ("Chủ trì", "Giám đốc Nguyễn Văn Mẫu", "ví dụ Giám đốc Sở Tư pháp; không ghi tên người."),
        (
            "Việc",
            "Gọi 0912345678",
            "Dòng 3, cột ‘Việc’: Ghi không đúng cách. Ghi nội dung việc; không ghi tên",
        ),
    ],
)
def test_a_wrong_cell_is_told_with_row_column_and_remedy(
    settings: Settings, title: str, text: str, says: str
) -> None:
    path = write(settings, "reform_tasks", [TASKS, TASK, with_cell(TASK, TASKS, title, text)])
    checked = check_register(Ingestion.of(settings), path, "reform_tasks")
    [complaint] = [c for c in checked.complaints if "cùng ‘Mã nhiệm vụ’" not in c]
    assert says in complaint
    if text:
        assert text not in complaint.split(": ", 1)[1].replace("Giám đốc Sở Tư pháp", "")
    [outcome] = Ingestion.of(settings).run()
    assert (outcome.entry.rows_accepted, outcome.entry.rows_quarantined) == (1, 1)


def test_a_workbook_names_the_sheet_and_the_row_there(settings: Settings) -> None:
    wrong = with_cell(TARGET, TARGETS, "Giá trị", "bảy mươi")
    sheets = {"2025": [["Sổ chỉ tiêu"], TARGETS, TARGET], "2026": [["Sổ chỉ tiêu"], TARGETS, wrong]}
    path = settings.registers / "targets" / "so.xlsx"
    write_sheets(path, sheets)
    [complaint] = check_register(Ingestion.of(settings), path, "targets").complaints
    assert complaint.startswith("Trang ‘2026’, dòng 3, cột ‘Giá trị’: Số không đọc được. ")


def test_what_a_spreadsheet_would_not_do_is_told_as_well(settings: Settings) -> None:
    header = [*TASKS, "Dữ liệu mẫu"]
    path = write(
        settings, "reform_tasks", [header, [*TASK, "chắc vậy"], [*TASK, "x", "thừa"], [*TASK, "không"]]
    )
    complaints = check_register(Ingestion.of(settings), path, "reform_tasks").complaints
    assert complaints == (
        "Dòng 2, cột ‘Dữ liệu mẫu’: Giá trị có/không không đọc được. Ghi có hoặc không.",
        (
            "Dòng 3: Dòng thừa hoặc thiếu ô. Ô có dấu phẩy phải nằm trong dấu ngoặc kép; "
            "nên sửa bằng chương trình bảng tính."
        ),
    )


def test_every_reason_of_a_row_has_a_word_for_clerks() -> None:
    assert [code for code, r in load_reasons().items() if (r.level == "row") != bool(r.remedy_vi)] == []


def test_two_rows_of_one_key_are_told(settings: Settings) -> None:
    other = with_cell(TARGET, TARGETS, "Giá trị", "75")
    path = write(settings, "targets", [TARGETS, TARGET, TARGET, other])
    [complaint] = check_register(Ingestion.of(settings), path, "targets").complaints
    assert complaint.startswith("Dòng 4: cùng ‘Chỉ tiêu’, ‘Phạm vi’, ‘Cấp’, ‘Năm’ với dòng 2.")


def test_a_file_without_a_column_is_told_which(settings: Settings) -> None:
    path = write(settings, "apologies", [APOLOGIES[:-1], ["H41.1-250102-0001", "02/01/2025", "", ""]])
    [complaint] = check_register(Ingestion.of(settings), path, "apologies").complaints
    assert complaint == "Tệp thiếu cột ‘Nguyên nhân’; thêm cột rồi lưu lại."


def test_what_is_no_table_is_told(settings: Settings) -> None:
    path = settings.registers / "targets" / "so.xlsx"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    [complaint] = check_register(Ingestion.of(settings), path, "targets").complaints
    assert complaint == "Tệp rỗng. Mở tệp bằng chương trình bảng tính và lưu lại."


def test_an_edit_in_place_holds_and_what_was_before_is_kept(settings: Settings) -> None:
    write(settings, "targets", [TARGETS, TARGET])
    Ingestion.of(settings).run()
    assert held_values(settings, "targets", "target_value") == [70]
    write(settings, "targets", [TARGETS, with_cell(TARGET, TARGETS, "Giá trị", "75")])
    Ingestion.of(settings).run()
    assert held_values(settings, "targets", "target_value") == [75]
    assert pl.read_parquet(settings.lake / "targets" / "*.parquet").height == 2


def test_an_edit_taken_back_is_seen_though_its_bytes_are_known(settings: Settings) -> None:
    path = write(settings, "targets", [TARGETS, TARGET])
    Ingestion.of(settings).run()
    first, moment = inputs_fingerprint(settings), path.stat().st_mtime
    write(settings, "targets", [TARGETS, with_cell(TARGET, TARGETS, "Giá trị", "75")])
    Ingestion.of(settings).run()
    second = inputs_fingerprint(settings)
    assert Ingestion.of(settings).pending() == []
    write(settings, "targets", [TARGETS, TARGET])
    os.utime(path, (moment, moment))
    assert Ingestion.of(settings).pending() == [path]
    assert [o.is_new for o in Ingestion.of(settings).run()] == [False]
    assert held_values(settings, "targets", "target_value") == [70]
    assert Ingestion.of(settings).pending() == []
    assert second not in (first, inputs_fingerprint(settings))


def test_a_night_makes_what_registers_say_again(settings: Settings) -> None:
    """A register put back or taken away is no new file, so a night may be what follows."""
    made = {"dim_target", "dim_focus_unit", "fct_reform_task", "fct_inspection", "mart_inspection_coverage"}
    assert made.isdisjoint(standing_nodes(ensure_manifest(settings)))


def test_a_register_that_is_taken_away_holds_no_longer(settings: Settings) -> None:
    path = write(settings, "targets", [TARGETS, TARGET])
    Ingestion.of(settings).run()
    path.unlink()
    assert Ingestion.of(settings).pending() == [path]
    Ingestion.of(settings).run(("targets",))
    assert held_values(settings, "targets", "target_value") == []


def test_a_broken_version_leaves_the_sound_one_standing(settings: Settings) -> None:
    write(settings, "targets", [TARGETS, TARGET])
    Ingestion.of(settings).run()
    write(settings, "targets", [TARGETS[1:], TARGET[1:]])
    [outcome] = Ingestion.of(settings).run()
    assert outcome.entry.reason_code == "unknown_source"
    assert held_values(settings, "targets", "target_value") == [70]


def test_several_files_of_a_register_hold_together(settings: Settings) -> None:
    write(settings, "targets", [TARGETS, TARGET], "2026.csv")
    write(settings, "targets", [TARGETS, with_cell(TARGET, TARGETS, "Năm", "2027")], "2027.csv")
    Ingestion.of(settings).run(("targets",))
    Ingestion.of(settings).run(("focus_units",))
    assert held_values(settings, "targets", "target_year") == [2026, 2027]


def test_free_text_of_a_finding_never_passes(settings: Settings) -> None:
    header = ["Mã cuộc kiểm tra", "Đơn vị", "Ngày kiểm tra", "Tồn tại chính", "Văn bản", "Diễn giải"]
    write(
        settings,
        "inspections",
        [header, ["KT-1", "Sở Y tế", "01/06/2026", "Khác", "BC 1", "Bà Nguyễn Thị Mẫu"]],
    )
    Ingestion.of(settings).run()
    rows = pl.read_parquet(settings.lake / "inspections" / "*.parquet")
    assert rows.height == 1
    assert "finding_note" not in rows.columns
    assert "Mẫu" not in str(rows.to_dicts())
