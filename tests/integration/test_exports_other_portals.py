"""Golden files of OpenCPS, of the ministry's 2026 interface and of catalogues and lists of agencies."""

import polars as pl
import pytest

from pipelines.ingestion.ingest import Ingestion
from pipelines.settings import Settings
from tests.deliveries import write_sheets
from tests.portal_exports import accepted, at, holds_no_person, ingested, refused, told, write_json


def test_v10_list_of_opencps(settings: Settings, ingestion: Ingestion) -> None:
    name = "danh-sach-ho-so 2026-02-01.xlsx"
    person = ["Nguyễn Thị Mẫu", "Đơn của bà Nguyễn Thị Mẫu"]
    words = ("new", "waiting", "done", "denied", "posting")
    rows = [
        [str(n), f"H41.7-260105-{n:04}", *person, f"05/01/2026 08:{n:02}:00", "12/01/2026", word]
        for n, word in enumerate(words, start=1)
    ]
    rows.append(["6", "H41.7-260105-0006", *person, "05.01.2026", "12/01/2026", "done"])
    write_sheets(
        settings.landing / "dossiers" / name,
        {
            "Sheet1": [
                ["Sở Xây dựng"],
                ["DANH SÁCH HỒ SƠ"],
                ["STT", "Mã hồ sơ", "Chủ hồ sơ", "Nội dung", "Ngày tiếp nhận", "Hạn xử lý", "Trạng thái"],
                *rows,
                ["Tổng số", "6", "", "", "", "", ""],
            ]
        },
    )
    entry = ingested(ingestion)
    assert (entry.source_id, entry.source_system) == ("opencps_dossiers", "nghean_opencps")
    codes = ("received", "supplement_requested", "returned", "not_received", "unmapped")
    assert told(settings, entry) == [
        {
            "dossier_code": f"H41.7-260105-{n:04}", "agency_name": "Sở Xây dựng", "status_code": code,
            "status_label": word, "received_at": at("2026-01-05", f"08:{n:02}:00"), "has_received_time": True,
            "due_at": at("2026-01-12"), "has_due_time": False,
        }
        for n, (word, code) in enumerate(zip(words, codes, strict=True), start=1)
    ]  # fmt: skip
    assert refused(settings) == [(name, 9, "received_at", "bad_timestamp")]
    assert holds_no_person(settings)


def test_one_is_the_best_answer_of_opencps(settings: Settings, ingestion: Ingestion) -> None:
    """Whoever turns the scale round tells the province that its unhappiest citizens are its happiest."""
    name = "danh-gia 2026-02-01.json"
    answers = [
        {
            "dossierNo": f"H41.7-260105-{n:04}", "selected": n, "govAgencyName": "Sở Xây dựng",
            "createDate": "20/01/2026 10:00:00", "fullname": "Nguyễn Thị Mẫu", "comment": "Cán bộ Mẫu chậm",
        }
        for n in (1, 2, 3, 4)
    ]  # fmt: skip
    bad = answers[0] | {"dossierNo": "H41.7-260105-0005", "createDate": "hôm qua"}
    write_json(settings.landing / "ratings" / name, {"data": [*answers, bad]})
    entry = ingested(ingestion)
    assert entry.source_id == "opencps_ratings"
    rows = accepted(settings, entry)
    assert rows["satisfaction_code"].to_list() == ["very_satisfied", "satisfied", "unsatisfied", "unmapped"]
    assert rows["satisfaction_label"].to_list() == ["1", "2", "3", "4"]
    assert set(rows["agency_name"]) == {"Sở Xây dựng"}
    assert set(rows["rated_at"]) == {at("2026-01-20", "10:00:00")}
    assert refused(settings) == [(name, 5, "rated_at", "bad_timestamp")]
    assert holds_no_person(settings)


def test_v18_dossiers_of_the_ministry(settings: Settings, ingestion: Ingestion) -> None:
    name = "moha-ho-so 20260701T003000.json"
    made = {
        "MaHoSo": "G09.20-20260609-0092637", "MaTTHC": "1.012299", "MaDichVuCong": "DVC-1",
        "ChuHoSo": "Nguyễn Thị Mẫu", "LoaiDoiTuong": "Công dân", "MaDonViTiepNhan": "G09.20",
        "NgayNop": "2026-06-09 09:15:07", "NgayTiepNhan": "2026-06-09 10:00:00",
        "ThanhPhanHoSo": [{"TenThanhPhan": "Đơn của bà Nguyễn Thị Mẫu", "LoaiBan": "1"}],
        "ThongTinNguoiNop": {"HoTen": "Nguyễn Thị Mẫu", "MaTinh": "40", "MaXa": "16681"},
    }  # fmt: skip
    content = [
        made,
        made | {"MaHoSo": "G09.20-20260610-0000001", "LoaiDoiTuong": "Hộ kinh doanh", "NgayTiepNhan": None},
        made | {"MaHoSo": "G09.20-20260610-0000002", "NgayNop": "09-06-2026"},
    ]
    write_json(settings.landing / "dossiers" / name, {"data": content})
    entry = ingested(ingestion)
    assert (entry.source_id, entry.source_system, entry.export_scope) == ("moha_dossiers", "moha", "partial")
    same = {"procedure_code": "1.012299", "agency_code": "G09.20", "applied_at": at("2026-06-09", "09:15:07")}
    assert told(settings, entry) == [
        same | {
            "dossier_code": "G09.20-20260609-0092637", "applicant_type_code": "citizen",
            "applicant_type_label": "Công dân",
            "received_at": at("2026-06-09", "10:00:00"), "has_received_time": True,
        },
        same | {
            "dossier_code": "G09.20-20260610-0000001", "applicant_type_code": "unmapped",
            "applicant_type_label": "Hộ kinh doanh",
        },
    ]  # fmt: skip
    assert refused(settings) == [(name, 3, "applied_at", "bad_timestamp")]
    assert holds_no_person(settings)


def test_v21_units_of_tandan(settings: Settings, ingestion: Ingestion) -> None:
    name = "danh-sach-don-vi 2026-02-01.json"
    units = [
        ("so-tu-phap", "Sở Tư pháp", "h41", "H41.13", "so-ban-nganh"),
        ("cn-vinh", "Chi nhánh VPĐK Vinh", "so-nnmt", "H41.11.3", "cnvpdk"),
        ("huyen-quy-hop", "UBND huyện Quỳ Hợp", "h41", "H41.30", "quan-huyen"),
        ("phuong-thanh-vinh", "UBND phường Thành Vinh", "h41", "H41.101", "xa-phuong"),
        ("trung-tam", "Trung tâm PVHCC", "h41", "H41.200", "trung-tam"),
        ("khong-ten", None, "h41", "H41.201", "xa-phuong"),
    ]
    titles = ("GroupCode", "GroupName", "OfGroupCode", "MaDinhDanh", "Catalog")
    write_json(
        settings.landing / "agencies" / name,
        [dict(zip(titles, unit, strict=True)) | {"Type": "1"} for unit in units],
    )
    entry = ingested(ingestion)
    assert (entry.source_id, entry.source_system) == ("tandan_agencies", "tandan_agencies")
    rows = accepted(settings, entry)
    kept = ("agency_code", "agency_name", "parent_agency_code", "identity_code", "agency_level")
    levels = ("department", "department", "district", "commune", "unmapped")
    assert rows.select(kept).rows() == [
        (*unit[:4], level) for unit, level in zip(units[:5], levels, strict=True)
    ]
    assert set(rows["valid_from_date"].cast(pl.String)) == {"1900-01-01"}
    assert refused(settings) == [(name, 6, "agency_name", "missing_required")]


@pytest.mark.parametrize("listed", [False, True], ids=["plain name", "names by language"])
def test_v21_agencies_of_igate(settings: Settings, ingestion: Ingestion, *, listed: bool) -> None:
    name = "igate-co-quan 20260201T003000.json"

    def spelt(text: str) -> object:
        return [{"languageId": 46, "name": "x"}, {"languageId": 228, "name": text}] if listed else text

    agencies = [
        {"id": "a1", "code": "H41.13", "name": spelt("Sở Tư pháp")},
        {"id": "a2", "code": "H41.101", "name": spelt("UBND phường Thành Vinh")},
        {"id": "a3", "code": None, "name": spelt("Sở Nội vụ")},
    ]
    write_json(settings.landing / "agencies" / name, {"content": agencies})
    entry = ingested(ingestion)
    assert entry.source_id == "igate_agencies"
    rows = accepted(settings, entry)
    assert rows.select("agency_code", "agency_name", "agency_level").rows() == [
        ("H41.13", "Sở Tư pháp", None),
        ("H41.101", "UBND phường Thành Vinh", None),
    ]
    assert refused(settings) == [(name, 3, "agency_code", "missing_key")]


PROCEDURES = {
    "IDQG": ["11", "12", "13", "14"],
    "MaTTHC": ["1.001193", "2.002621.H41", "1.012750", "1.012751"],
    "TenTTHC": ["Đăng ký khai sinh", "Liên thông khai sinh", "Đăng ký kết hôn", "Đăng ký khai tử"],
    "LinhVucChinh": ["Hộ tịch"] * 4,
    "CapThucHien": ["Cấp xã"] * 4,
    "ThoiGianGiaiQuyet": ["1 Ngày làm việc", "", "5 Ngày làm việc", "1 Ngày làm việc"],
    "MucDo": ["4", "3", "2", "1"],
    "LienThong": ["0", "1", "0", "0"],
    "DoiTuongThucHien": ["Công dân Việt Nam"] * 4,
    "LaPhiDiaGioi": ["1", "0", "1", "có lẽ"],
    "ThuTucKhongCoKetQua": ["0", "0", "0", "0"],
}


@pytest.mark.parametrize("form", ["json", "csv"])
def test_v20_catalogue_of_tandan(settings: Settings, ingestion: Ingestion, form: str) -> None:
    name = f"danh-muc-thu-tuc 2026-02-01.{form}"
    path = settings.landing / "procedures" / name
    frame = pl.DataFrame(PROCEDURES)
    if form == "json":
        write_json(path, frame.to_dicts())
    else:
        frame.write_csv(path)
    entry = ingested(ingestion)
    assert (entry.source_id, entry.source_system) == ("tandan_procedures", "tandan_procedures")
    same = {
        "field_name": "Hộ tịch", "level_label": "Cấp xã", "applicant_types_label": "Công dân Việt Nam",
        "has_no_result": False,
    }  # fmt: skip
    expected = [
        ("1.001193", "Đăng ký khai sinh", "1 Ngày làm việc", "full", "4", False, True),
        ("2.002621.H41", "Liên thông khai sinh", None, "partial", "3", True, False),
        ("1.012750", "Đăng ký kết hôn", "5 Ngày làm việc", "information", "2", False, True),
    ]
    columns = (
        "procedure_code", "procedure_name", "limit_label", "online_level_code", "online_level_label",
        "is_interlinked", "is_filed_anywhere",
    )  # fmt: skip
    said = [dict(zip(columns, row, strict=True)) | same for row in expected]
    assert told(settings, entry) == [{k: v for k, v in row.items() if v is not None} for row in said]
    row_number = 4 if form == "json" else 5
    assert refused(settings) == [(name, row_number, "is_filed_anywhere", "bad_boolean")]
