"""Golden files of processing logs (V17) of the Tân Dân software and of the ministry's 2026 interface."""

from pipelines.ingestion.ingest import Ingestion
from pipelines.settings import Settings
from tests.portal_exports import (
    NATION,
    Cell,
    accepted,
    at,
    holds_no_person,
    ingested,
    page,
    refused,
    told,
    write_json,
)


def test_v17_log_of_tandan(settings: Settings, ingestion: Ingestion) -> None:
    name = "Tiến trình xử lý hồ sơ 1_2_2026 0_30.xls"
    titles = [
        "IDHoSo", "MaHoSo", "NguoiXuLy", "ThoiDiemXuLy", "PhongBanXuLy", "NoiDungXuLy", "TrangThai",
        "NgayBatDau",
        "NgayKetThucTheoQuyDinh",
    ]  # fmt: skip
    code, text = "H41.9-260105-0001", "Đã xem đơn của Nguyễn Thị Mẫu"
    page(
        settings.landing / "processing_log" / name,
        [[Cell("UBND TỈNH NGHỆ AN", 4), Cell(NATION, 5)], [Cell("TIẾN TRÌNH XỬ LÝ HỒ SƠ", 9)]],
        [titles],
        [
            [
                "77",
                code,
                "Cán bộ Mẫu",
                "05/01/2026 09:00:00",
                "Bộ phận Một cửa",
                text,
                "2",
                "05/01/2026 08:10:00",
                "",
            ],
            [
                "77",
                code,
                "Cán bộ Mẫu",
                "",
                "Phòng Tư pháp",
                text,
                "4",
                "05/01/2026 09:00:00",
                "06/01/2026 17:00:00",
            ],
            [
                "77",
                "",
                "Cán bộ Mẫu",
                "",
                "Phòng Tư pháp",
                text,
                "4",
                "05/01/2026 09:00:00",
                "06/01/2026 17:00:00",
            ],
        ],
    )
    entry = ingested(ingestion)
    assert (entry.source_id, entry.source_system) == ("tandan_processing_log", "nghean_tandan")
    assert accepted(settings, entry)["officer_name_key"].n_unique() == 1
    assert told(settings, entry) == [
        {
            "dossier_code": code, "department_name": "Bộ phận Một cửa", "status_code": "received",
            "status_label": "2", "started_at": at("2026-01-05", "08:10:00"), "has_started_time": True,
            "ended_at": at("2026-01-05", "09:00:00"), "has_ended_time": True,
        },
        {
            "dossier_code": code, "department_name": "Phòng Tư pháp", "status_code": "processing",
            "status_label": "4", "started_at": at("2026-01-05", "09:00:00"), "has_started_time": True,
            "step_due_at": at("2026-01-06", "17:00:00"), "has_step_due_time": True,
        },
    ]  # fmt: skip
    assert refused(settings) == [(name, 6, "dossier_code", "missing_key")]
    assert holds_no_person(settings)


def test_v17_log_of_the_ministry(settings: Settings, ingestion: Ingestion) -> None:
    name = "moha-tien-trinh 20260701T003000.json"
    step = {
        "MaHoSo": "G09.20-20260609-0092637", "NguoiXuLy": "Cán bộ Mẫu", "ThoiDiemXuLy": "2026-06-09 10:00:00",
        "PhongBanXuLy": "Văn phòng", "NoiDungXuLy": "Đơn của bà Nguyễn Thị Mẫu", "TrangThai": "2",
        "NgayBatDau": "2026-06-09 09:15:07", "NgayKetThucTheoQuyDinh": "20260610170000",
    }  # fmt: skip
    write_json(
        settings.landing / "processing_log" / name,
        [step, step | {"TrangThai": "11", "NgayBatDau": "2026-06-09 10:00:00", "ThoiDiemXuLy": None},
         step | {"NgayBatDau": "9/6"}],
    )  # fmt: skip
    entry = ingested(ingestion)
    assert (entry.source_id, entry.source_system) == ("moha_processing_log", "moha")
    same = {
        "dossier_code": "G09.20-20260609-0092637", "department_name": "Văn phòng", "has_started_time": True,
        "step_due_at": at("2026-06-10", "17:00:00"), "has_step_due_time": True,
    }  # fmt: skip
    assert told(settings, entry) == [
        same | {
            "status_code": "received", "status_label": "2", "started_at": at("2026-06-09", "09:15:07"),
            "ended_at": at("2026-06-09", "10:00:00"), "has_ended_time": True,
        },
        same | {"status_code": "unmapped", "status_label": "11", "started_at": at("2026-06-09", "10:00:00")},
    ]  # fmt: skip
    assert refused(settings) == [(name, 3, "started_at", "bad_timestamp")]
    assert holds_no_person(settings)
