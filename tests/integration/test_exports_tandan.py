"""Golden files of the Tân Dân exports V2 to V5, cell by cell, and what of them is refused."""

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
)

CLOCKS = {"has_received_time": True, "has_due_time": True}
DAYS = {"has_received_time": False, "has_due_time": False}


def lead(width: int, *titles: str) -> list[list[Cell]]:
    unit = [Cell("UBND TỈNH NGHỆ AN", 3), Cell(NATION, width - 3)]
    return [unit, *([Cell(title, width)] for title in titles)]


def test_v2_detailed_statistics(settings: Settings, ingestion: Ingestion) -> None:
    name = "Thống kê chi tiết hồ sơ 1_2_2026 0_30.xls"
    titles = [
        "STT", "Đơn vị tiếp nhận", "Lĩnh vực", "Tên TTHC", "Mã hồ sơ", "Trạng thái", "Địa chỉ", "Chủ hồ sơ",
        "Ngày nhận", "Ngày hẹn trả", "Ngày kết thúc xử lý", "Đơn vị/cá nhân giải quyết",
    ]  # fmt: skip
    said = ["UBND phường Thành Vinh", "Hộ tịch", "Đăng ký khai sinh"]
    person = ["xóm Mẫu", "Nguyễn Thị Mẫu"]
    page(
        settings.landing / "dossiers" / name,
        lead(12, "THỐNG KÊ CHI TIẾT HỒ SƠ", "(Từ ngày 01/01/2026 đến ngày 31/01/2026)"),
        [titles],
        [
            [Cell("Khối phường, xã", 12)],
            ["1", *said, "H41.9-260105-0001", "Đã trả kết quả", *person, "05/01/2026 08:10:00",
             "06/01/2026 17:00:00", "06/01/2026 16:59:00", "Cán bộ Mẫu"],
            ["2", *said, "H41.9-260105-0002", "Yêu cầu bổ sung giấy tờ", *person, "05/01/2026 09:00:00",
             "", "", ""],
            ["3", *said, "H41.9-260105-0003", "Chờ ký", *person, "31/02/2026 09:00:00", "06/01/2026", "", ""],
            ["4", *said, "H41.9-260105-0004", "Chờ ký", *person, "05/01/2026 10:00:00", "06/01/2026", "", ""],
            [Cell("Tổng số", 4), "4", *[""] * 7],
        ],
    )  # fmt: skip
    entry = ingested(ingestion)
    assert (entry.source_id, entry.source_system, entry.export_scope) == (
        "tandan_detail_statistics", "nghean_tandan", "changes",
    )  # fmt: skip
    where = {
        "agency_name": said[0], "parent_agency_name": "Khối phường, xã",
        "field_name": said[1], "procedure_name": said[2],
    }  # fmt: skip
    assert told(settings, entry) == [
        where | CLOCKS | {
            "dossier_code": "H41.9-260105-0001", "status_code": "returned", "status_label": "Đã trả kết quả",
            "received_at": at("2026-01-05", "08:10:00"), "due_at": at("2026-01-06", "17:00:00"),
            "finished_at": at("2026-01-06", "16:59:00"), "has_finished_time": True,
        },
        where | {
            "dossier_code": "H41.9-260105-0002", "status_code": "supplement_requested",
            "status_label": "Yêu cầu bổ sung giấy tờ",
            "received_at": at("2026-01-05", "09:00:00"), "has_received_time": True,
        },
        where | {
            "dossier_code": "H41.9-260105-0004", "status_code": "unmapped", "status_label": "Chờ ký",
            "received_at": at("2026-01-05", "10:00:00"), "has_received_time": True,
            "due_at": at("2026-01-06"), "has_due_time": False,
        },
    ]  # fmt: skip
    assert refused(settings) == [(name, 8, "received_at", "bad_timestamp")]
    assert holds_no_person(settings)


def test_v3_late_receipt(settings: Settings, ingestion: Ingestion) -> None:
    name = "Danh sách hồ sơ chậm tiếp nhận 2_2_2026 7_05.xls"
    titles = [
        "STT", "Đơn vị tiếp nhận", "Người tiếp nhận", "Tên TTHC", "Mã hồ sơ", "Trạng thái", "Địa chỉ",
        "Chủ hồ sơ",
        "Ngày nộp hồ sơ", "Ngày nhận",
    ]  # fmt: skip
    said = ["UBND xã Nghĩa Mai", "Cán bộ Mẫu", "Đăng ký kết hôn"]
    person = ["xóm Mẫu", "Nguyễn Thị Mẫu"]
    page(
        settings.landing / "dossiers" / name,
        lead(10, "DANH SÁCH HỒ SƠ CHẬM TIẾP NHẬN"),
        [titles],
        [
            [
                "1",
                *said,
                "H41.20-260126-0001",
                "Được tiếp nhận",
                *person,
                "26/01/2026 08:00:00",
                "28/01/2026 14:30:00",
            ],
            ["2", *said, "H41.20-260127-0001", "Mới đăng ký", *person, "27/01/2026 21:15:00", ""],
            ["3", *said, "", "Mới đăng ký", *person, "27/01/2026 21:15:00", ""],
            [Cell("TỔNG SỐ", 4), "3", *[""] * 5],
        ],
    )
    entry = ingested(ingestion)
    assert (entry.source_id, entry.export_scope) == ("tandan_late_receipt", "partial")
    where = {"agency_name": said[0], "procedure_name": said[2]}
    assert told(settings, entry) == [
        where | {
            "dossier_code": "H41.20-260126-0001", "status_code": "received", "status_label": "Được tiếp nhận",
            "applied_at": at("2026-01-26", "08:00:00"),
            "received_at": at("2026-01-28", "14:30:00"), "has_received_time": True,
        },
        where | {
            "dossier_code": "H41.20-260127-0001", "status_code": "registered", "status_label": "Mới đăng ký",
            "applied_at": at("2026-01-27", "21:15:00"),
        },
    ]  # fmt: skip
    assert refused(settings) == [(name, 6, "dossier_code", "missing_key")]
    assert holds_no_person(settings)


def test_v4_appendix_i_closed_late(settings: Settings, ingestion: Ingestion) -> None:
    name = "Phụ lục I 2_2_2026 7_30.xls"
    titles = [
        "STT", "Mã hồ sơ", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày có kết quả", "Đơn vị giải quyết",
        "Ghi chú",
    ]  # fmt: skip
    page(
        settings.landing / "dossiers" / name,
        lead(7, "PHỤ LỤC I", "DANH SÁCH HỒ SƠ ĐÃ CÓ KẾT QUẢ QUÁ HẠN"),
        [titles],
        [
            [Cell("UBND phường Thành Vinh", 7)],
            [
                "1",
                "H41.9-260105-0001",
                "05/01/2026",
                "12/01/2026",
                "14/01/2026",
                "Phòng Kinh tế",
                "Nguyễn Thị Mẫu",
            ],
            [Cell("Sở Nông nghiệp và Môi trường", 7)],
            ["2", "H41.5-260106-0003", "06/01/2026", "20/01/2026", "22/01/2026", "Chi cục Thủy lợi", ""],
            ["3", "H41.5-260106-0004", "06/01/2026", "20/1/26x", "22/01/2026", "Chi cục Thủy lợi", ""],
            [Cell("Tổng số", 2), "3", "", "", "", ""],
        ],
    )
    entry = ingested(ingestion)
    assert (entry.source_id, entry.export_scope) == ("tandan_late_closed", "partial")
    assert told(settings, entry) == [
        DAYS | {
            "dossier_code": "H41.9-260105-0001", "agency_name": "Phòng Kinh tế",
            "parent_agency_name": "UBND phường Thành Vinh", "received_at": at("2026-01-05"),
            "due_at": at("2026-01-12"), "finished_at": at("2026-01-14"), "has_finished_time": False,
        },
        DAYS | {
            "dossier_code": "H41.5-260106-0003", "agency_name": "Chi cục Thủy lợi",
            "parent_agency_name": "Sở Nông nghiệp và Môi trường", "received_at": at("2026-01-06"),
            "due_at": at("2026-01-20"), "finished_at": at("2026-01-22"), "has_finished_time": False,
        },
    ]  # fmt: skip
    assert accepted(settings, entry)["status_code"].is_null().all()
    assert refused(settings) == [(name, 9, "due_at", "bad_timestamp")]
    assert holds_no_person(settings)


def test_v4_appendix_ii_open_late(settings: Settings, ingestion: Ingestion) -> None:
    name = "Phụ lục II 2_2_2026 7_30.xls"
    titles = [
        "STT", "Mã hồ sơ", "Ngày tiếp nhận", "Ngày hẹn trả", "Đơn vị giải quyết", "Cán bộ đang xử lý",
        "Ghi chú",
    ]  # fmt: skip
    page(
        settings.landing / "dossiers" / name,
        lead(7, "PHỤ LỤC II", "DANH SÁCH HỒ SƠ ĐANG GIẢI QUYẾT CHẬM"),
        [titles],
        [
            [Cell("UBND xã Nghĩa Mai", 7)],
            [
                "1",
                "H41.20-260105-0007",
                "05/01/2026",
                "19/01/2026",
                "Phòng Văn hóa - Xã hội",
                "Cán bộ Mẫu",
                "chờ",
            ],
            [
                "2",
                "H41.20-260105-0008",
                "05/01/2022",
                "19/01/2026",
                "Phòng Văn hóa - Xã hội",
                "Cán bộ Mẫu",
                "chờ",
            ],
            [Cell("Tổng số", 2), "2", "", "", "", ""],
        ],
    )
    entry = ingested(ingestion)
    assert (entry.source_id, entry.export_scope) == ("tandan_late_open", "partial")
    assert told(settings, entry) == [
        DAYS | {
            "dossier_code": "H41.20-260105-0007", "agency_name": "Phòng Văn hóa - Xã hội",
            "parent_agency_name": "UBND xã Nghĩa Mai", "received_at": at("2026-01-05"),
            "due_at": at("2026-01-19"),
        }
    ]  # fmt: skip
    assert refused(settings) == [(name, 7, "received_at", "date_out_of_range")]
    assert holds_no_person(settings)


def test_v5_register_book_with_merged_titles(settings: Settings, ingestion: Ingestion) -> None:
    name = "Sổ theo dõi hồ sơ 2_2_2026 16_45.xls"
    tall = ["STT", "Mã hồ sơ", "Nội dung hồ sơ", "Số lượng (bộ)", "Họ tên chủ hồ sơ", "Địa chỉ chủ hồ sơ",
            "Số điện thoại"]  # fmt: skip
    titles: list[list[str | Cell]] = [
        [*(Cell(text, rows=2) for text in tall), Cell("Ngày, tháng, năm", 2), Cell("Trả kết quả", 3),
         *(Cell(text, rows=2) for text in ("Người nhận hồ sơ", "Địa bàn", "Ghi chú"))],
        ["Nhận hồ sơ", "Hẹn trả kết quả", "Ngày nhận kết quả", "Bên giao", "Bên nhận"],
    ]  # fmt: skip
    person = ["Đơn của bà Nguyễn Thị Mẫu", "01", "Nguyễn Thị Mẫu", "xóm Mẫu", "0955000111"]
    end = ["Cán bộ Mẫu", "xóm Mẫu", ""]
    page(
        settings.landing / "dossiers" / name,
        [[Cell("UBND XÃ NGHĨA MAI", 7), Cell(NATION, 8)], [Cell("SỔ THEO DÕI HỒ SƠ", 15)]],
        titles,
        [
            [f"({n})" for n in range(1, 16)],
            ["1", "H41.20-260105-0001", *person, "08:10, 05/01/2026", "17:00, 07/01/2026",
             "15:30, 07/01/2026", "Cán bộ Mẫu", "Trần Văn Mẫu", *end],
            ["2", "H41.20-260106-0001", *person, "14:05, 06/01/2026", "17:00, 09/01/2026", "", "", "", *end],
            ["3", "H41.20-260106-0002", *person, "25:05, 06/01/2026", "17:00, 09/01/2026", "", "", "", *end],
            [Cell("Tổng số", 3), "3", *[""] * 11],
            [Cell("Người lập sổ", 15)],
        ],
    )  # fmt: skip
    entry = ingested(ingestion)
    assert (entry.source_id, entry.export_scope) == ("tandan_register_book", "partial")
    assert told(settings, entry) == [
        CLOCKS | {
            "dossier_code": "H41.20-260105-0001", "agency_name": "UBND XÃ NGHĨA MAI",
            "status_code": "returned", "status_label": "Ngày nhận kết quả",
            "received_at": at("2026-01-05", "08:10:00"), "due_at": at("2026-01-07", "17:00:00"),
            "returned_at": at("2026-01-07", "15:30:00"),
        },
        CLOCKS | {
            "dossier_code": "H41.20-260106-0001", "agency_name": "UBND XÃ NGHĨA MAI",
            "received_at": at("2026-01-06", "14:05:00"), "due_at": at("2026-01-09", "17:00:00"),
        },
    ]  # fmt: skip
    assert accepted(settings, entry)["finished_at"].is_null().all()
    assert refused(settings) == [(name, 8, "received_at", "bad_timestamp")]
    assert holds_no_person(settings)


def test_the_plain_list_stays_the_plain_list(settings: Settings, ingestion: Ingestion) -> None:
    """V1 with titles that other portals use is told from OpenCPS, which asks for as many of them."""
    titles = [
        "STT", "Đơn vị tiếp nhận", "Tên TTHC", "Mã hồ sơ", "Trạng thái", "Địa chỉ", "Chủ hồ sơ",
        "Ngày tiếp nhận", "Hạn xử lý", "Ngày có kết quả",
    ]  # fmt: skip
    row = ["1", "UBND xã A", "Chứng thực", "H41.9-260105-0001", "Đang xử lý", "", "", "05/01/2026", "", ""]
    page(settings.landing / "dossiers" / "Danh sách 1_2_2026 0_30.xls", [], [titles], [row])
    assert ingested(ingestion).source_id == "tandan_dossier_list"
