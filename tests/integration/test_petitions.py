"""Petitions of the bare table V19: told apart without a code, and without a word of what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.ingestion.ingest import Ingestion
from tests.dbt_helpers import dbt_build, query, settings_in

if TYPE_CHECKING:
    from pipelines.settings import Settings

TITLES = "HoTen,Email,SoDienThoai,DiaChi,TieuDe,NoiDung,NgayGui,TrangThai,NguoiTraLoi,NoiDungTraLoi,CongKhai"
SECRETS = (
    "Mẫu Thị Sim",
    "Đường Nháp",
    "Xin hỏi",
    "Lâu quá",
    "Cán bộ Bịa",
    "Đã xem",
    "0955000001",
    "a@example.vn",
)
MORNING = (
    "Mẫu Thị Sim,a@example.vn,0955000001,Đường Nháp,Xin hỏi,Lâu quá,{day} 08:00:00,{status},{answer},{public}"
)
FIRST = [
    MORNING.format(day="21/04/2025", status="Đang xử lý", answer=",", public="0"),
    MORNING.format(day="22/04/2025", status="Đang xử lý", answer=",", public="0"),
    "Mẫu Thị Mua,,0955000002,,Khác,Khác,21/04/2025 08:00:00,Mới gửi,,,0",
    ",,,,,,,Mới gửi,,,0",
    ",,,,,Khác,,Đang xử lý,,,0",
]
LATER = [MORNING.format(day="21/04/2025", status="Đã trả lời", answer="Cán bộ Bịa,Đã xem", public="1")]
MODELS = (
    "ingestion_ledger", "petition_clocks", "calendar_versions", "calendar_exceptions", "stg_source_systems",
    "int_calendar_days", "stg_petitions", "int_petition_current", "int_petition_cuts", "int_petition_clocks",
)  # fmt: skip


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two deliveries of one table; the second repeats a petition and says that it was answered."""
    made = settings_in(tmp_path_factory.mktemp("petitions"))
    folder = made.landing / "petitions"
    folder.mkdir(parents=True)
    for day, rows in (("2025-05-01", FIRST), ("2025-06-01", LATER)):
        (folder / f"pakn {day}.csv").write_text("\n".join([TITLES, *rows, ""]), encoding="utf-8")
    Ingestion.of(made).run()
    dbt_build(
        made, "--select", *MODELS, "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"
    )
    return made


def test_a_petition_without_a_code_is_one_by_sender_and_moment(bare: Settings) -> None:
    rows = query(
        bare,
        "select cast(sent_at as string), status_code, is_published, delivery_count "
        "from intermediate.int_petition_current order by 1 nulls last, 2 desc, 4 desc",
    )
    assert rows == [
        ("2025-04-21 08:00:00", "sent", False, 1),
        ("2025-04-21 08:00:00", "resolved", True, 2),
        ("2025-04-22 08:00:00", "processing", False, 1),
        (None, "sent", False, 1),
        (None, "processing", False, 1),
    ]


def test_what_a_bare_table_cannot_tell_is_said(bare: Settings) -> None:
    outcomes = query(
        bare,
        "select step_id, outcome, count(*) from intermediate.int_petition_clocks group by all order by all",
    )
    assert outcomes == [
        ("publish", "cannot_tell", 1),
        ("publish", "not_applicable", 4),
        ("refuse", "not_applicable", 5),
        ("resolve", "cannot_tell", 3),
        ("resolve", "open_late", 2),
        ("supplement", "not_applicable", 5),
    ]


def test_nobodys_words_pass_ingestion(bare: Settings) -> None:
    frame = pl.read_parquet(bare.lake / "petitions" / "*.parquet")
    assert {"sender_phone_key", "sender_email_key"} <= set(frame.columns)
    assert not {"petition_title", "petition_text", "sender_name", "answer_text"} & set(frame.columns)
    behind = (
        b"".join(path.read_bytes() for path in bare.lake.rglob("*.parquet")) + repr(frame.rows()).encode()
    )
    assert not [secret for secret in SECRETS if secret.encode() in behind]
    [columns] = [c for c, in query(bare, "select string_agg(column_name) from duckdb_columns() "
                                         "where table_name = 'stg_petitions'")]  # fmt: skip
    assert "sender" not in columns
