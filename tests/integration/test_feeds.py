"""One delivered file that feeds several kinds: each part is read, counted and settled for itself.

Here: the payload of the national portal (V16) written by hand, careless ones among them.
Not here: what the warehouse makes of it (tests/e2e/test_electronic_truth.py).
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.ingestion.ingest import Ingestion
from pipelines.ingestion.lake import LedgerEntry
from pipelines.settings import Settings

NAME = "dong-bo-quoc-gia 20261001T050000.json"
KINDS = ("digitisation", "dossiers", "payments", "supplements")
ALL_STATUSES = [
    "registered", "received", "not_received", "processing", "supplement_requested", "payment_requested",
    "withdrawn", "stopped", "finished", "returned",
]  # fmt: skip


def paper(digitised: Any = 0, reused: Any = 0, stored: Any = 0) -> dict[str, Any]:
    return {"DuocSoHoa": digitised, "DuocTaiSuDung": reused, "DuocLayTuKhoDMQG": stored}


def fee(name: str, amount: Any, kind: str = "1", collected: str = "Thu trước") -> dict[str, Any]:
    return {"TenPhiLePhi": name, "Gia": amount, "LoaiPhiLePhi": kind, "HinhThucThu": collected}


def request(code: str, answered: str | None = None) -> dict[str, Any]:
    return {
        "HoSoBoSungId": code,
        "NguoiYeuCauBoSung": "Nguyễn Văn Mẫu",
        "NoiDungBoSung": "Bổ sung của Nguyễn Văn Mẫu",
        "NgayBoSung": "20260902090000",
        "NgayTiepNhanBoSung": answered,
        "NgayHenTraTruoc": "20260910170000",
        "NgayHenTraMoi": answered and "20260914170000",
    }


def dossier(code: str | None, **told: Any) -> dict[str, Any]:
    return {
        "MaHoSo": code,
        "MaTTHC": "1.001193",
        "TenTTHC": "Đăng ký khai sinh",
        "KenhThucHien": None,
        "ChuHoSo": "Nguyễn Văn Mẫu",
        "SoGiayToChuHoSo": "040000000001",
        "LoaiDoiTuong": "Công dân",
        "NgayNopHoSo": "20260901080000",
        "NgayTiepNhan": "20260901090000",
        "NgayHenTra": "20260910170000",
        "TrangThaiHoSo": "4",
        "DonViXuLy": "Sở Tư pháp",
        "TaiLieuNop": [],
        "DanhSachLePhi": None,
        "DanhSachHoSoBoSung": [],
        "DanhSachGiayToKetQua": [],
        "DuocThanhToanTrucTuyen": None,
    } | told


def deliver(settings: Settings, records: list[Any], name: str = NAME) -> Path:
    path = settings.landing / "dossiers" / name
    path.write_text(json.dumps({"data": records}, ensure_ascii=False), encoding="utf-8")
    return path


def entries(settings: Settings) -> dict[str, LedgerEntry]:
    return {kind: entry for (kind, _), entry in Ingestion.of(settings).lake.entries().items()}


def counts(entry: LedgerEntry) -> tuple[int, int, int, int]:
    return entry.rows_read, entry.rows_accepted, entry.rows_quarantined, entry.rows_repeated


def rows(settings: Settings, kind: str) -> pl.DataFrame:
    return pl.read_parquet(settings.lake / kind / "*.parquet").sort("row_number")


def test_one_file_feeds_four_kinds_and_each_reconciles(settings: Settings, ingestion: Ingestion) -> None:
    asked = [request("B1", "20260904100000"), request("B2")]
    first = dossier("G09.20-20260901-0000001", DanhSachLePhi=[fee("Phí A", "30000"), fee("B", 5000, "2")])
    second = dossier("G09.20-20260901-0000002", DanhSachHoSoBoSung=asked, DanhSachLePhi=[fee("A", "1.234.5")])
    deliver(settings, [first, second, dossier(None, DanhSachLePhi=[fee("A", "1")]), first, "no record"])
    assert sorted(o.entry.kind for o in ingestion.run()) == list(KINDS)
    found = entries(settings)
    assert counts(found["dossiers"]) == (5, 2, 2, 1)
    assert counts(found["digitisation"]) == (5, 2, 2, 1)
    assert counts(found["payments"]) == (6, 2, 2, 2)
    assert counts(found["supplements"]) == (2, 2, 0, 0)
    assert len({entry.file_sha256 for entry in found.values()}) == 1
    assert {entry.observed_at for entry in found.values()} == {datetime(2026, 10, 1, 5)}
    aside = pl.read_parquet(settings.lake / "_quarantine" / "*.parquet").filter(pl.col("kind") == "payments")
    assert aside.sort("row_number").select("row_number", "column_name", "reason_code").rows() == [
        (3, "total_vnd", "bad_number"),
        (4, "dossier_code", "missing_key"),
    ]


def test_each_part_says_what_the_payload_says(settings: Settings, ingestion: Ingestion) -> None:
    told = dossier(
        "A",
        KenhThucHien=2,
        LoaiDoiTuong="Doanh nghiệp",
        DuocThanhToanTrucTuyen=2,
        DanhSachLePhi=[fee("Phí A", "30.000", "1"), fee("Lệ phí B", 5000, "2", "Miễn")],
        DanhSachHoSoBoSung=[request("B1", "20260904100000"), request("B2")],
        TaiLieuNop=[paper(1, "1", 0), paper(True, 0, "1"), paper()],
        DanhSachGiayToKetQua=[
            {"MaKetQua": "KQ1", "DuongDanTepTinKetQua": "/a.pdf"},
            {"MaKetQua": "KQ2", "DuongDanTepTinKetQua": ""},
        ],
        HoSoCoThanhPhanSoHoa=1,
        TaiKhoanDuocXacThucVoiVNeID=0,
        DSKetNoiCSDL=[{"Ma": "1"}],
    )
    deliver(settings, [told, dossier("B", KenhThucHien="9", LoaiDoiTuong="Hợp tác xã", TaiLieuNop=None)])
    ingestion.run()
    paid = rows(settings, "payments")
    columns = [
        "dossier_code",
        "payment_record_code",
        "fee_name",
        "fee_type_code",
        "collection_code",
        "total_vnd",
    ]
    assert paid.select(*columns, "payment_gateway_code").rows() == [
        ("A", "fee_line", "Phí A", "fee", "before", 30_000, "agency"),
        ("A", "fee_line", "Lệ phí B", "charge", "exempt", 5_000, "agency"),
    ]
    asked = rows(settings, "supplements")
    moments = ["requested_at", "completed_at", "due_before_at", "due_after_at"]
    assert asked.select("request_code", *moments).rows() == [
        ("B1", *(datetime(2026, 9, *d) for d in ((2, 9), (4, 10), (10, 17), (14, 17)))),
        ("B2", datetime(2026, 9, 2, 9), None, datetime(2026, 9, 10, 17), None),
    ]
    assert not {"officer_name", "free_text", "officer_name_key"} & set(asked.columns)
    one, other = rows(settings, "digitisation").to_dicts()
    numbers = [
        "component_count", "digitised_component_count", "reused_component_count",
        "personal_store_component_count",
        "result_count", "electronic_result_count", "connected_database_count",
    ]  # fmt: skip
    assert [one[name] for name in numbers] == [3, 2, 1, 1, 2, 1, 1]
    assert (one["has_digitised_component"], one["is_vneid_authenticated"]) == (True, False)
    assert [other[name] for name in numbers] == [None, None, None, None, 0, 0, None]
    assert (one["subject_type_code"], other["subject_type_code"]) == ("enterprise", "unmapped")
    whole = rows(settings, "dossiers")
    assert whole["channel_code"].to_list() == ["online", "unmapped"]
    assert whole["supplement_request_count"].to_list() == [2, 0]
    assert whole["supplement_requested_at"].to_list() == [datetime(2026, 9, 2, 9), None]
    assert whole["supplement_completed_at"].to_list() == [None, None]


def test_all_ten_statuses_as_numbers_or_texts_and_no_channel_is_the_counter(
    settings: Settings, ingestion: Ingestion
) -> None:
    numbers = [dossier(f"N{n}", TrangThaiHoSo=n) for n in range(1, 11)]
    texts = [dossier(f"T{n}", TrangThaiHoSo=str(n), KenhThucHien=str(n)) for n in range(1, 4)]
    deliver(settings, [*numbers, *texts, dossier("U", TrangThaiHoSo="11")])
    ingestion.run()
    found = rows(settings, "dossiers")
    assert found["status_code"].to_list() == [*ALL_STATUSES, *ALL_STATUSES[:3], "unmapped"]
    assert found["channel_code"].to_list() == [*["direct"] * 10, "direct", "online", "postal", "direct"]
    assert found["channel_label"].to_list()[0] is None


def test_a_part_without_rows_is_accepted_empty(settings: Settings, ingestion: Ingestion) -> None:
    deliver(settings, [dossier("A")])
    ingestion.run()
    found = entries(settings)
    assert {kind: (e.status, e.rows_read) for kind, e in found.items()} == {
        "dossiers": ("accepted", 1),
        "digitisation": ("accepted", 1),
        "payments": ("accepted", 0),
        "supplements": ("accepted", 0),
    }


def test_the_lake_is_the_same_kind_by_kind_in_any_order_and_again(
    settings: Settings, ingestion: Ingestion
) -> None:
    deliver(settings, [dossier("A", DanhSachLePhi=[fee("A", 1)], DanhSachHoSoBoSung=[request("B")])])
    for kind in ("supplements", "payments", "dossiers", "digitisation"):
        [outcome] = ingestion.run((kind,))
        assert outcome.is_new

    def rows_of_feeds() -> dict[Path, bytes]:
        """What the lake holds of these kinds; a run of all kinds also notes which registers hold."""
        return {p: p.read_bytes() for p in settings.lake.rglob("*.parquet") if p.parent.name != "_registers"}

    before = rows_of_feeds()
    assert ingestion.pending() == []
    assert not any(outcome.is_new for outcome in ingestion.run())
    assert rows_of_feeds() == before


def test_a_cut_payload_is_refused_for_every_kind_and_forgotten_when_withdrawn(
    settings: Settings, ingestion: Ingestion
) -> None:
    path = deliver(settings, [dossier("A")])
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    ingestion.run()
    assert {kind: e.reason_code for kind, e in entries(settings).items()} == dict.fromkeys(
        KINDS, "unreadable_json"
    )
    path.unlink()
    ingestion.run()
    assert entries(settings) == {}


def test_a_list_that_is_none_is_set_aside(settings: Settings, ingestion: Ingestion) -> None:
    deliver(settings, [dossier("A", DanhSachLePhi="Miễn phí"), dossier("B", DanhSachLePhi=fee("A", 7))])
    ingestion.run()
    assert counts(entries(settings)["payments"]) == (2, 1, 1, 0)
    assert rows(settings, "payments")["total_vnd"].to_list() == [7]


@pytest.mark.parametrize("name", ["ho-so 20261001T050000.json", "dong-bo-quoc-gia.json"])
def test_a_name_that_does_not_say_what_it_is_feeds_nothing_else(
    name: str, settings: Settings, ingestion: Ingestion
) -> None:
    deliver(settings, [dossier("A")], name)
    ingestion.run()
    assert {entry.status for entry in entries(settings).values()} == {"failed"}


def test_lines_of_json_feed_all_kinds_too(settings: Settings, ingestion: Ingestion) -> None:
    path = settings.landing / "dossiers" / NAME
    told = [dossier(code, DanhSachLePhi=[fee("A", n)]) for n, code in enumerate("AB")]
    path.write_text("\n".join(json.dumps(record) for record in told), encoding="utf-8")
    ingestion.run()
    assert rows(settings, "payments")["dossier_code"].to_list() == ["A", "B"]
    assert rows(settings, "digitisation").height == rows(settings, "dossiers").height == 2
