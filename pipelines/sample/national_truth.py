"""What a perfect pipeline must know from the payloads sent to the national portal.

Here: the last word on each dossier, its fees, requests and papers; what each file comes to, kind by kind.
Not here: the payloads (`national.py`). It reads nothing but the records, and no code of the pipeline.
Explained in data/sample/SOURCES.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.sample.national import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.sample.national import Record

Row = dict[str, Any]
_STATUS = {
    "1": "registered", "2": "received", "3": "not_received", "4": "processing", "5": "supplement_requested",
    "6": "payment_requested", "7": "withdrawn", "8": "stopped", "9": "finished", "10": "returned",
}  # fmt: skip
_CHANNEL = {None: "direct", "1": "direct", "2": "online", "3": "postal"}
_GATEWAY = {None: "none", "0": "none", "1": "national", "2": "agency"}
_APPLICANT = {
    "Công dân": "citizen", "Cá nhân": "citizen", "Doanh nghiệp": "enterprise", "Tổ chức": "organisation",
    "Cơ quan nhà nước": "state_agency", "Khác": "other",
}  # fmt: skip
_COLLECTION = {"Thu trước": "before", "Thu sau": "after", "Miễn": "exempt"}
_TYPE = {"1": "fee", "2": "charge"}
_LISTS = {"payments": "DanhSachLePhi", "supplements": "DanhSachHoSoBoSung"}


@dataclass
class NationalTruth:
    """What is true after the payloads given so far, in the order of their moments."""

    last: dict[str, Record] = field(default_factory=dict)
    files: list[tuple[str, str, int, int, int, int, int]] = field(default_factory=list)
    quarantine: list[tuple[str, str, int, str, str]] = field(default_factory=list)

    def take(self, records: list[Record], file_name: str) -> None:
        """Conclude from one more payload."""
        self.last |= {record["MaHoSo"]: record for record in records if record["MaHoSo"]}
        self._count(file_name, "dossiers", [(r["MaHoSo"], r) for r in records])
        self._count(file_name, "digitisation", [(r["MaHoSo"], r) for r in records])
        for kind, name in _LISTS.items():
            self._count(file_name, kind, [(r["MaHoSo"], e) for r in records for e in r[name] or []])

    def _count(self, file_name: str, kind: str, rows: list[tuple[str | None, Record]]) -> None:
        seen: set[str] = set()
        repeated = aside = 0
        for number, (code, row) in enumerate(rows, start=1):
            content = json.dumps([code, row], sort_keys=True)
            if fault := _fault(code, row):
                self.quarantine.append((file_name, kind, number, *fault))
                aside += 1
            elif content in seen:
                repeated += 1
            seen.add(content)
        self.files.append((file_name, kind, len(rows), len(rows) - aside - repeated, aside, repeated, 0))

    def dossiers(self) -> list[Row]:
        """The last word on each dossier."""
        return [
            {
                "source_system": SYSTEM,
                "dossier_code": code,
                "procedure_code": record["MaTTHC"],
                "agency_name": record["DonViXuLy"],
                "status_code": _STATUS.get(record["TrangThaiHoSo"], "unmapped"),
                "channel_code": _CHANNEL.get(record["KenhThucHien"], "unmapped"),
                "received_at": _moment(record["NgayTiepNhan"]),
                "due_at": _moment(record["NgayHenTra"]),
                "finished_at": _moment(record["NgayKetThucXuLy"]),
                "supplement_request_count": len(record["DanhSachHoSoBoSung"]),
            }
            for code, record in sorted(self.last.items())
        ]

    def payments(self) -> list[Row]:
        """The fees now listed with each dossier."""
        return [
            {
                "source_system": SYSTEM,
                "dossier_code": code,
                "payment_record_code": "fee_line",
                "fee_name": line["TenPhiLePhi"],
                "total_vnd": int(line["Gia"]),
                "fee_vnd": int(line["Gia"]) if _TYPE[line["LoaiPhiLePhi"]] == "fee" else None,
                "charge_vnd": int(line["Gia"]) if _TYPE[line["LoaiPhiLePhi"]] == "charge" else None,
                "collection_code": _COLLECTION[line["HinhThucThu"]],
                "payment_gateway_code": (gateway := _GATEWAY[record["DuocThanhToanTrucTuyen"]]),
                "payment_status_code": None if gateway == "none" else "paid",
                "payment_method_code": None if gateway == "none" else "online",
                "is_dossier_known": True,
            }
            for code, record, line in self._elements("payments")
            if not _fault(code, line)
        ]

    def supplements(self) -> list[Row]:
        """The requests now listed with each dossier."""
        return [
            {
                "source_system": SYSTEM,
                "dossier_code": code,
                "request_code": line["HoSoBoSungId"],
                "requested_at": _moment(line["NgayBoSung"]),
                "completed_at": _moment(line["NgayTiepNhanBoSung"]),
                "due_before_at": _moment(line["NgayHenTraTruoc"]),
                "due_after_at": _moment(line["NgayHenTraMoi"]),
            }
            for code, _, line in self._elements("supplements")
        ]

    def digitisation(self) -> list[Row]:
        """How electronic each dossier is."""
        return [
            {
                "source_system": SYSTEM,
                "dossier_code": code,
                "subject_type_code": _APPLICANT.get(record["LoaiDoiTuong"], "unmapped"),
                "component_count": len(record["TaiLieuNop"]),
                "digitised_component_count": sum(p["DuocSoHoa"] for p in record["TaiLieuNop"]),
                "reused_component_count": sum(p["DuocTaiSuDung"] for p in record["TaiLieuNop"]),
                "personal_store_component_count": sum(p["DuocLayTuKhoDMQG"] for p in record["TaiLieuNop"]),
                "result_count": len(record["DanhSachGiayToKetQua"]),
                "electronic_result_count": sum(
                    bool(p["DuongDanTepTinKetQua"]) for p in record["DanhSachGiayToKetQua"]
                ),
                "is_vneid_authenticated": bool(record["TaiKhoanDuocXacThucVoiVNeID"]),
                "connected_database_count": len(record["DSKetNoiCSDL"]),
            }
            for code, record in sorted(self.last.items())
        ]

    def _elements(self, kind: str) -> Iterator[tuple[str, Record, Record]]:
        for code, record in sorted(self.last.items()):
            for element in record[_LISTS[kind]] or []:
                yield code, record, element


def _fault(code: str | None, row: Record) -> tuple[str, str] | None:
    """Column and reason a row must be set aside for."""
    if not code:
        return "dossier_code", "missing_key"
    if not row.get("Gia", "0").isdigit():
        return "total_vnd", "bad_number"
    return None


def _moment(text: str | None) -> datetime | None:
    return datetime.strptime(text, "%Y%m%d%H%M%S") if text else None  # noqa: DTZ007 (wall clock)
