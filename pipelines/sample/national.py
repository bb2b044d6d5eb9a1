"""Dossiers handled on a ministry's system, as it sends them to the national portal (V16, domain.md §4).

Here: how they live, the record sent at a moment, the JSON file.
Not here: what is true about them (`national_truth.py`), dossiers of the province's portals (`lives.py`).
Explained in docs/data-team.md, "One file, several kinds".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.sample.exporting import compress
from pipelines.sample.options import parameters
from pipelines.sample.people import people

if TYPE_CHECKING:
    import numpy as np

    from pipelines.sample.lives import Month
    from pipelines.sample.offices import Desk

SYSTEM = "nghean_national_sync"
_CHANNELS = ("2", "2", "2", "1", "3", None)
_APPLICANTS = ("Công dân", "Cá nhân", "Doanh nghiệp", "Doanh nghiệp", "Tổ chức", "Cơ quan nhà nước", "Khác")
_FEES = (("Phí thẩm định hồ sơ", "1"), ("Lệ phí cấp giấy chứng nhận", "2"), ("Phí cung cấp thông tin", "1"))
_ENDINGS = ("9",) * 24 + ("3", "7", "8")
_MINISTRY = "G09"
_OPENS = time(8)
_SATURDAY = 5
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
Record = dict[str, Any]


@dataclass
class Request:
    """A request for papers: when, answered when, the promise before and after."""

    code: str
    asked: datetime
    answered: datetime
    due_before: datetime
    due_after: datetime


@dataclass
class Life:
    """One dossier from beginning to end; what has not happened at a moment is not said of it."""

    code: str
    agency_name: str
    procedure_code: str
    procedure_name: str
    field_name: str
    person: int
    channel: str | None
    applicant: str
    applied: datetime
    received: datetime
    ended: datetime
    ending: str
    requests: list[Request]
    papers: list[tuple[bool, bool, bool]]
    result_has_file: bool
    databases: int
    is_authenticated: bool
    fees: list[tuple[str, str, int]] | None
    collection: str
    gateway: str | None
    pays_late: bool
    is_registered_only: bool
    corrected_fees: dict[datetime, list[tuple[str, str, int]]] = field(default_factory=dict)

    @property
    def due(self) -> datetime:
        """The first promise."""
        return self.received + 14 * _DAY

    def changed_between(self, since: datetime, until: datetime) -> bool:
        """Whether anything happened that an export of this span tells."""
        moments = [self.applied, self.received, self.ended, self.ended + _DAY, *self.corrected_fees]
        moments += [moment for r in self.requests for moment in (r.asked, r.answered)]
        return any(since <= moment < until for moment in moments)


def draw_national(desk: Desk, month: Month, count: int, pool: int, rng: np.random.Generator) -> list[Life]:
    """So many dossiers applied for in a month.

    Args:
        desk: departments and what they handle.
        month: the month.
        count: number of dossiers.
        pool: number of persons that may hand in.
        rng: source of the draws.
    """
    office, service = desk.draw(month.first, count, rng)
    names = desk.offices["agency_name"].to_list()
    services = desk.services.select("procedure_code", "procedure_name", "field_name").rows()
    days = [
        day
        for n in range((month.next_first - month.first).days)
        if (day := month.first + n * _DAY).weekday() < _SATURDAY
    ]
    picked = sorted((days[int(rng.integers(len(days)))], int(rng.integers(8 * 60))) for _ in range(count))
    lives = []
    for n, (day, minute) in enumerate(picked):
        received = datetime.combine(day, _OPENS) + timedelta(minutes=minute)
        code = f"{_MINISTRY}.{10 + n % 4}-{day:%Y%m%d}-{int(rng.integers(10_000)) * 1000 + n:07d}"
        place = (names[int(office[n])], *services[int(service[n])])
        lives.append(_life(code, place, received, int(rng.integers(pool)), rng))
    return lives


def _life(
    code: str, place: tuple[str, str, str, str], received: datetime, person: int, rng: np.random.Generator
) -> Life:
    due = received + 14 * _DAY
    requests: list[Request] = []
    asked = received + _HOUR * int(rng.integers(5, 50))
    for number in range(int(rng.choice([0, 1, 2], p=parameters("world")["electronic"]["requests"]))):
        answered = asked + _HOUR * int(rng.integers(10, 90))
        after = due + _DAY * int(rng.integers(1, 5))
        requests.append(Request(f"{code}/{number + 1}", asked, answered, due, after))
        asked, due = answered + _HOUR * int(rng.integers(5, 40)), after
    start = requests[-1].answered if requests else received
    world = parameters("world")["electronic"]

    def hit(share: float) -> bool:
        return bool(rng.random() < share)

    digitised, reused, stored = world["paper_shares"].values()
    papers = [(hit(digitised), hit(reused), hit(stored)) for _ in range(int(rng.integers(1, 6)))]
    listed = [(*_FEES[0], 0)] if hit(world["free_share"]) else _fees(rng)
    fees = None if hit(world["without_fees_share"]) else listed
    channel = _CHANNELS[int(rng.integers(len(_CHANNELS)))]
    is_free = fees is not None and not any(amount for _, _, amount in fees)
    pays_online = fees is not None and not is_free and channel == "2" and hit(world["paid_online_share"])
    return Life(
        code, *place, person, channel=channel,
        applicant=_APPLICANTS[int(rng.integers(len(_APPLICANTS)))],
        applied=received - _HOUR * int(rng.integers(1, 20)), received=received,
        ended=start + _HOUR * int(rng.integers(24, 400)), ending=_ENDINGS[int(rng.integers(len(_ENDINGS)))],
        requests=requests, papers=papers, result_has_file=hit(world["result_file_share"]),
        databases=int(rng.integers(0, 3)), is_authenticated=hit(world["authenticated_share"]), fees=fees,
        collection="Miễn" if is_free else str(rng.choice(["Thu trước", "Thu sau"])),
        gateway=str(rng.choice(["1", "2"])) if pays_online else [None, "0"][int(rng.integers(2))],
        pays_late=hit(world["waits_for_payment_share"]),
        is_registered_only=hit(world["registered_only_share"]),
    )  # fmt: skip


def _fees(rng: np.random.Generator) -> list[tuple[str, str, int]]:
    chosen = sorted(int(n) for n in rng.choice(len(_FEES), size=int(rng.integers(1, 3)), replace=False))
    return [(*_FEES[n], 5_000 * int(rng.integers(2, 200))) for n in chosen]


def record_at(life: Life, end: datetime) -> Record:
    """What is sent of a dossier at a moment; nothing that happens later is said."""
    person = people(pl.Series([life.person])).row(0, named=True)
    requests = [r for r in life.requests if r.asked < end and r.asked < life.ended]
    is_accepted = life.received < end and not life.is_registered_only
    has_ended = is_accepted and life.ended < end
    has_result = has_ended and life.ending == "9"
    due = next((r.due_after for r in reversed(requests) if r.answered < end), life.due)
    fees = next(
        (f for moment, f in sorted(life.corrected_fees.items(), reverse=True) if moment < end), life.fees
    )
    return {
        "MaHoSo": life.code,
        "MaTTHC": life.procedure_code,
        "TenTTHC": life.procedure_name,
        "TenLinhVuc": life.field_name,
        "KenhThucHien": life.channel,
        "ChuHoSo": person["name"],
        "SoGiayToChuHoSo": person["id_number"],
        "LoaiDoiTuong": life.applicant,
        "Email": person["email"],
        "SoDienThoai": person["phone"],
        "TrichYeuHoSo": f"{life.procedure_name} của {person['name']}",
        "NgayNopHoSo": _stamp(life.applied),
        "NgayTiepNhan": _stamp(life.received) if is_accepted else None,
        "NgayHenTra": _stamp(due) if is_accepted else None,
        "TrangThaiHoSo": _status(life, end),
        "NgayTra": _stamp(life.ended + _DAY) if has_result and life.ended + _DAY < end else None,
        "HinhThuc": "0",
        "NgayKetThucXuLy": _stamp(life.ended) if has_result else None,
        "NgayTuChoi": _stamp(life.ended) if has_ended and life.ending == "3" else None,
        "DonViXuLy": life.agency_name,
        "TaiLieuNop": [
            _paper(n, *marks) for n, marks in enumerate(life.papers, start=1)
        ],
        "DanhSachLePhi": None if fees is None else [
            {"TenPhiLePhi": name, "HinhThucThu": life.collection, "Gia": str(amount), "LoaiPhiLePhi": kind}
            for name, kind, amount in fees
        ],
        "DanhSachHoSoBoSung": [_request(r, end, person["name"]) for r in requests],
        "DanhSachGiayToKetQua": [_result(life)] if has_result else [],
        "HoSoCoThanhPhanSoHoa": int(any(a for a, _, _ in life.papers)),
        "TaiKhoanDuocXacThucVoiVNeID": int(life.is_authenticated),
        "DuocThanhToanTrucTuyen": life.gateway,
        "DSKetNoiCSDL": [{"MaCSDL": str(n)} for n in range(life.databases)],
    }  # fmt: skip


def _paper(number: int, digitised: bool, reused: bool, stored: bool) -> Record:
    marks = {"DuocSoHoa": int(digitised), "DuocTaiSuDung": int(reused), "DuocLayTuKhoDMQG": int(stored)}
    return {"TenTaiLieu": f"Giấy tờ {number}"} | marks


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%d%H%M%S}"


def _status(life: Life, end: datetime) -> str:
    if life.received >= end or life.is_registered_only:
        return "1"
    if life.ended < end:
        is_fetched = life.ending == "9" and life.ended + _DAY < end
        return "10" if is_fetched else life.ending
    if any(r.asked < end <= r.answered for r in life.requests):
        return "5"
    if life.pays_late:
        return "6"
    return "2" if end - life.received < _DAY else "4"


def _request(request: Request, end: datetime, name: str) -> Record:
    is_answered = request.answered < end
    return {
        "HoSoBoSungId": request.code,
        "NguoiYeuCauBoSung": name,
        "NoiDungBoSung": f"Bổ sung giấy tờ của {name}",
        "NgayBoSung": _stamp(request.asked),
        "NgayTiepNhanBoSung": _stamp(request.answered) if is_answered else None,
        "NgayHenTraTruoc": _stamp(request.due_before),
        "NgayHenTraMoi": _stamp(request.due_after) if is_answered else None,
    }


def _result(life: Life) -> Record:
    path = f"/ket-qua/{life.code}.pdf" if life.result_has_file else None
    return {"TenGiayTo": "Kết quả", "MaKetQua": f"KQ-{life.code}", "DuongDanTepTinKetQua": path}


def sync_file(records: list[Record], observed_at: datetime) -> tuple[str, bytes]:
    """Name and bytes of one payload, `{"data": [...]}`."""
    text = json.dumps({"data": records}, ensure_ascii=False, separators=(",", ":"))
    return f"dong-bo-quoc-gia {observed_at:%Y%m%dT%H%M%S}.json.gz", compress(text.encode())
