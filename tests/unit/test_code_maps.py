"""The words of each vendor against the tables of docs/domain.md §2.6 and §2.7."""

import csv

import pytest

from pipelines.contracts import load_catalogue
from pipelines.contracts.models import UNMAPPED
from pipelines.settings import PROJECT_ROOT
from pipelines.text import fold

CATALOGUE = load_catalogue([PROJECT_ROOT / "pipelines" / "contracts"])
SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"

# National code, its word, the canonical word.
NATIONAL = {
    1: ("Mới đăng ký", "registered"),
    2: ("Được tiếp nhận", "received"),
    3: ("Không được tiếp nhận", "not_received"),
    4: ("Đang xử lý", "processing"),
    5: ("Yêu cầu bổ sung giấy tờ", "supplement_requested"),
    6: ("Yêu cầu thực hiện nghĩa vụ tài chính", "payment_requested"),
    7: ("Công dân yêu cầu rút hồ sơ", "withdrawn"),
    8: ("Dừng xử lý", "stopped"),
    9: ("Đã xử lý xong", "finished"),
    10: ("Đã trả kết quả", "returned"),
}
# OpenCPS word → national code; 0 is none of the ten.
OPENCPS = {
    "new": 2, "receiving": 1, "processing": 4, "waiting": 5, "paying": 6, "cancelled": 7, "unresolved": 8,
    "releasing": 9, "done": 10, "denied": 3, "interoperating": 0, "posting": 0,
}  # fmt: skip
SPEAKS_NATIONAL_CODES = {
    "tandan_dossier_list", "tandan_detail_statistics", "tandan_late_receipt", "tandan_processing_log",
    "moha_processing_log", "v17_processing_log", "nghean_dossier_csv", "nghean_one_stop",
    "nghean_one_stop_log",
}  # fmt: skip
SPEAKS_NATIONAL_WORDS = SPEAKS_NATIONAL_CODES | {"igate_dossiers", "opencps_dossiers"}


def read(source: str, column: str, word: str) -> str | bool:
    return CATALOGUE.words[source, column].get(fold(word), UNMAPPED)


def test_the_ten_national_words_are_the_vocabulary_and_the_seed() -> None:
    words = [canonical for _, canonical in NATIONAL.values()]
    for kind in ("dossiers", "processing_log"):
        assert list(CATALOGUE.kinds[kind].columns["status_code"].vocabulary) == words
    with (SEEDS / "dossier_statuses.csv").open(encoding="utf-8") as file:
        seeded = {row["status_code"] for row in csv.DictReader(file)}
    assert set(words) < seeded


@pytest.mark.parametrize("source", sorted(SPEAKS_NATIONAL_WORDS))
def test_national_words_mean_the_same_at_every_vendor(source: str) -> None:
    for word, canonical in NATIONAL.values():
        assert read(source, "status_code", word) == canonical
        assert read(source, "status_code", f" {word.upper()} ") == canonical


@pytest.mark.parametrize("source", sorted(SPEAKS_NATIONAL_CODES))
def test_national_codes(source: str) -> None:
    for code, (_, canonical) in NATIONAL.items():
        assert read(source, "status_code", str(code)) == canonical
    assert read(source, "status_code", "0") == UNMAPPED
    assert read(source, "status_code", "11") == UNMAPPED


def test_words_of_opencps() -> None:
    for word, code in OPENCPS.items():
        expected = NATIONAL[code][1] if code else UNMAPPED
        assert read("opencps_dossiers", "status_code", word) == expected, word


def test_integers_of_igate_are_not_the_national_codes() -> None:
    assert read("igate_dossiers", "status_code", "0") == "registered"
    assert {read("igate_dossiers", "status_code", str(n)) for n in range(1, 11)} == {UNMAPPED}
    assert read("igate_dossiers", "status_code", "Chờ tiếp nhận") == "registered"


def test_one_is_the_best_rating_of_opencps() -> None:
    answers = [read("opencps_ratings", "satisfaction_code", str(n)) for n in range(5)]
    assert answers == [UNMAPPED, "very_satisfied", "satisfied", "unsatisfied", UNMAPPED]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nghean_dossier_csv", {"1": "direct", "2": "online", "3": "postal", "4": UNMAPPED}),
        (
            "igate_dossiers",
            {
                "Trực tiếp": "direct", "Trực tuyến": "online", "Qua mạng": "online", "BCCI": "postal",
                "Qua BCCI": "postal", "Bưu chính công ích": "postal", "Kiosk": UNMAPPED,
            },
        ),
    ],
)  # fmt: skip
def test_channels(source: str, words: dict[str, str]) -> None:
    assert {word: read(source, "channel_code", word) for word in words} == words


def test_applicant_types() -> None:
    words = {
        "Công dân": "citizen", "Cá nhân": "citizen", "Doanh nghiệp": "business",
        "Cơ quan nhà nước": "state_agency", "Tổ chức": "organisation", "Khác": "other",
        "Hộ kinh doanh": UNMAPPED,
    }  # fmt: skip
    assert {word: read("moha_dossiers", "applicant_type_code", word) for word in words} == words


def test_levels_of_procedures_old_and_new() -> None:
    words = {
        "4": "full", "Mức độ 4": "full", "Toàn trình": "full",
        "3": "partial", "Mức độ 3": "partial", "Một phần": "partial",
        "2": "information", "Mức độ 2": "information", "Cung cấp thông tin": "information",
        "1": UNMAPPED,
    }  # fmt: skip
    assert {word: read("tandan_procedures", "online_level_code", word) for word in words} == words


def test_levels_of_agencies() -> None:
    words = {
        "so-ban-nganh": "department", "cnvpdk": "department", "quan-huyen": "district",
        "xa-phuong": "commune",
        "trung-tam": UNMAPPED,
    }  # fmt: skip
    assert {word: read("tandan_agencies", "agency_level", word) for word in words} == words
