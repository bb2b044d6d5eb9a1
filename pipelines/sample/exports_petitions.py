"""Petitions as portals export them: the province's CSV, and the bare table V19 (domain.md §4.2).

Here: columns, words, moments as text; everything about persons that must not pass ingestion.
Not here: what became of a petition (`petitions.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import csv
import io
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.sample.exporting import compress
from pipelines.sample.people import people
from pipelines.sample.petitions import BARE, PETITIONERS_FROM

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from pipelines.sample.petitions import Petition

UNKNOWN_WORD = "Chờ ký"  # no code map knows it
_STATUS = {
    "processing": "Đang xử lý", "supplement_requested": "Yêu cầu bổ sung", "refused": "Từ chối",
    "resolved": "Đã trả lời", "published": "Đã công khai", "withdrawn": "Rút phản ánh",
}  # fmt: skip
_TOPIC = {
    "attitude": "Thái độ phục vụ", "delay": "Chậm trễ giải quyết", "procedure": "Quy định hành chính",
    "cost": "Phí, lệ phí", "system": "Lỗi hệ thống", "other": "Khác",
}  # fmt: skip
_EARLIER = timedelta(days=3)
_DECOMPOSED, _OTHER_D = 11, 7  # every so manyth name in another spelling


def sender_of(petition: Petition) -> int:
    """Number of the person who sent it; everybody sends once."""
    bare = 500_000 if petition.portal == BARE else 0
    return PETITIONERS_FROM + bare + petition.sent.toordinal() % 2_000 * 200 + petition.number


def told_resolved(petition: Petition) -> datetime | None:
    """The day of the answer as the portal prints it: before sending where a fault says so."""
    if petition.fault == "ends_before" and petition.resolved:
        return petition.sent - _EARLIER
    return petition.resolved


def _name(petition: Petition) -> str:
    name = petition.office.name
    if petition.number % _DECOMPOSED == 0:
        return unicodedata.normalize("NFD", name)
    return name.replace("Đ", "Ð") if petition.number % _OTHER_D == 0 else name


def _person(petition: Petition) -> dict[str, Any]:
    return people(pl.Series([sender_of(petition)])).row(0, named=True)


def _common(petition: Petition) -> dict[str, str]:
    person = _person(petition)
    return {
        "name": person["name"],
        "phone": person["phone"],
        "email": person["email"],
        "address": person["address"],
        "title": f"Phản ánh của {person['name']}",
        "text": f"Tôi là {person['name']}, ở {person['address']}; đề nghị gọi {person['phone']}.",
        "answer": f"Kính gửi {person['name']}, cơ quan đã xem xét." if petition.resolved else "",
        "status": UNKNOWN_WORD if petition.fault == "unknown_word" else _STATUS[petition.status],
    }


def _packed(titles: Sequence[str], rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([list(titles), *rows])
    return compress(b"\xef\xbb\xbf" + text.getvalue().encode())


def export_province(petitions: Sequence[Petition], day: date) -> tuple[str, bytes]:
    """Name and bytes of the province's export: one row a petition as known."""

    def moment(value: datetime | None) -> str:
        return f"{value:%d/%m/%Y %H:%M}" if value else ""

    titles = [
        "STT", "Mã phản ánh", "Mã cơ quan", "Cơ quan xử lý", "Mã hồ sơ", "Nhóm nội dung", "Trạng thái",
        "Ngày gửi", "Ngày từ chối", "Ngày yêu cầu bổ sung", "Ngày trả lời", "Ngày công khai",
        "Được công khai", "Hài lòng", "Không hài lòng", "Người gửi", "Số điện thoại", "Email", "Địa chỉ",
        "Tiêu đề", "Nội dung", "Người trả lời", "Nội dung trả lời",
    ]  # fmt: skip
    rows = []
    for place, petition in enumerate(petitions, start=1):
        said = _common(petition)
        rows.append(
            [
                str(place), petition.code, petition.office.code if petition.names_code else "",
                _name(petition), petition.dossier_code or "", _TOPIC[petition.topic], said["status"],
                "" if petition.fault == "no_date" else moment(petition.sent), moment(petition.refused),
                moment(petition.asked), moment(told_resolved(petition)), moment(petition.published),
                "Có" if petition.is_publishable else "Không",
                *((str(petition.likes), str(petition.dislikes)) if petition.resolved else ("", "")),
                said["name"], said["phone"], said["email"], said["address"], said["title"], said["text"],
                "Cán bộ tiếp nhận", said["answer"],
            ]
        )  # fmt: skip
    return f"phan-anh-kien-nghi {day:%Y-%m-%d}.csv.gz", _packed(titles, rows)


def export_bare(petitions: Sequence[Petition], day: date) -> tuple[str, bytes]:
    """Name and bytes of the bare table: no code, no agency, one date."""
    titles = [
        "HoTen", "Email", "SoDienThoai", "DiaChi", "TieuDe", "NoiDung", "NgayGui", "TrangThai",
        "NguoiTraLoi", "NoiDungTraLoi", "CongKhai",
    ]  # fmt: skip
    rows = []
    for petition in petitions:
        said = _common(petition)
        sent = "" if petition.fault == "no_date" else f"{petition.sent:%d/%m/%Y %H:%M:%S}"
        rows.append(
            [
                said["name"], said["email"], said["phone"], said["address"], said["title"], said["text"],
                sent, said["status"], "Cán bộ tiếp nhận" if petition.resolved else "", said["answer"],
                "1" if petition.published else "0",
            ]
        )  # fmt: skip
    return f"pakn-v19 {day:%Y-%m-%d}.csv.gz", _packed(titles, rows)
