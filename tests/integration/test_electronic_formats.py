"""Receipts, transactions and statistics of digitisation, cell by cell as portals print them (V6, V9, V14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from pipelines.ingestion.ingest import Ingestion
from pipelines.sample import exports_electronic
from pipelines.settings import Settings

PERIOD = "(Từ ngày 01/09/2026 đến ngày 30/09/2026)"
V9_HEAD = """
<tr><th rowspan="2">STT</th><th rowspan="2">Đơn vị</th><th colspan="5">Tiếp nhận</th>
<th colspan="3">Đã giải quyết</th><th colspan="2">Đánh giá</th></tr>
<tr><th>Chưa số hóa TPHS</th><th>Có số hóa TPHS</th><th>Có tái sử dụng</th><th>Từ DVCQG</th><th>Tỷ lệ</th>
<th>Chưa</th><th>Đã số hóa</th><th>Tỷ lệ</th><th>Đạt</th><th>Không đạt</th></tr>
"""


def page(settings: Settings, kind: str, name: str, head: str, rows: Sequence[Sequence[str]]) -> None:
    width = len(rows[0])
    lead = "".join(f'<tr><td colspan="{width}">{text}</td></tr>' for text in ("UBND TỈNH NGHỆ AN", PERIOD))
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    text = f"<html><meta charset='utf-8'><table>{lead}{head}{body}</table></html>"
    (settings.landing / kind / name).write_text(text, encoding="utf-8")


def titles(names: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<th>{name}</th>" for name in names) + "</tr>"


def accepted(settings: Settings, kind: str) -> pl.DataFrame:
    return pl.read_parquet(settings.lake / kind / "*.parquet").sort("row_number")


def refused(settings: Settings) -> list[tuple[int, str, str]]:
    rows = pl.read_parquet(settings.lake / "_quarantine" / "*.parquet")
    return rows.select("row_number", "column_name", "reason_code").sort("row_number").rows()


def test_a_list_of_receipts(settings: Settings, ingestion: Ingestion) -> None:
    rows = [
        ["1", "H41.1-260901-0001", "Trực tiếp", "(tên)", "0000012", "01BLP", "NA/26", "01/09/2026",
         "02/09/2026 08:05:00", "20,000", "1,250,000", "1,270,000"],
        ["2", "H41.1-260901-0002", "Trực tuyến", "(tên)", "0000013", "01BLP", "NA/26", "01/09/2026",
         "02/09/2026", "0", "8000", "8,000"],
        ["3", "H41.1-260901-0003", "Trực tiếp", "(tên)", "0000014", "01BLP", "NA/26", "01/09/2026",
         "02/09/2026", "0", "8000", "1.234.5"],
        ["4", "", "Trực tiếp", "(tên)", "0000015", "01BLP", "NA/26", "01/09/2026", "02/09/2026", "0",
         "0", "0"],
        ["Tổng số", "", "", "", "", "", "", "", "", "20,000", "1,266,000", "1,286,000"],
    ]  # fmt: skip
    head = titles(exports_electronic.RECEIPT_TITLES)
    page(settings, "payments", "Danh sách biên lai 1_10_2026 8_10.xls", head, rows)
    [outcome] = ingestion.run()
    entry = outcome.entry
    assert (entry.source_id, entry.unknown_columns, entry.missing_columns) == ("tandan_receipts", "[]", "[]")
    assert (entry.rows_read, entry.rows_accepted, entry.rows_quarantined) == (4, 2, 2)
    assert entry.observed_at == datetime(2026, 10, 1, 8, 10)
    found = accepted(settings, "payments")
    columns = [
        "dossier_code",
        "payment_record_code",
        "receipt_number",
        "receipt_form_code",
        "receipt_series_code",
    ]
    assert found.select(*columns, "fee_vnd", "charge_vnd", "total_vnd", "collected_at").rows() == [
        ("H41.1-260901-0001", "receipt", "0000012", "01BLP", "NA/26", 20_000, 1_250_000, 1_270_000,
         datetime(2026, 9, 2, 8, 5)),
        ("H41.1-260901-0002", "receipt", "0000013", "01BLP", "NA/26", 0, 8_000, 8_000, datetime(2026, 9, 2)),
    ]  # fmt: skip
    assert found["has_collected_time"].to_list() == [True, False]
    assert refused(settings) == [(6, "total_vnd", "bad_number"), (7, "dossier_code", "missing_key")]
    assert not {"payer_name", "payer_address", "payer_tax_code"} & set(found.columns)


def test_a_list_of_transactions(settings: Settings, ingestion: Ingestion) -> None:
    words = [*exports_electronic.STATUS_WORDS.values()]
    rows = [
        [
            str(n),
            "02/09/2026 08:05:00",
            f"H41.1-260901-{n:04}",
            f"GD{n}",
            "35,000",
            "(tên)",
            "(địa chỉ)",
            "",
            word,
        ]
        for n, word in enumerate(words, start=1)
    ]
    head = titles(exports_electronic.TRANSACTION_TITLES)
    page(settings, "payments", "Giao dịch 1_10_2026 8_20.xls", head, rows)
    [outcome] = ingestion.run()
    assert outcome.entry.source_id == "tandan_transactions"
    assert outcome.entry.unknown_columns == "[]"
    found = accepted(settings, "payments")
    assert found["payment_status_code"].to_list() == [*exports_electronic.STATUS_WORDS]
    assert found["payment_status_label"].to_list() == words
    assert set(found["total_vnd"]) == {35_000}
    assert set(found["payment_method_code"]) == {"online"}
    assert found["transaction_reference"].to_list() == [f"GD{n}" for n in range(1, 7)]


def test_digitisation_by_commune_under_merged_titles(settings: Settings, ingestion: Ingestion) -> None:
    rows = [
        ["1", "UBND xã Nghĩa Mai", "1.234", "81.052", "7", "0", "98.5%", "20", "980", "98 %", "x", ""],
        ["2", "UBND phường Thành Vinh", "0", "0", "0", "0", "-", "0", "0", "-", "", "x"],
        ["3", "UBND xã Nghĩa Lâm", "1.234.5", "1", "0", "0", "10%", "1", "1", "50%", "x", "x"],
        ["4", "UBND xã Nghĩa Khánh", "1", "1", "0", "0", "5x%", "1", "1", "50%", "x", ""],
        ["Tổng số", "", "1.235", "81.053", "7", "0", "98.5%", "21", "981", "97.9%", "", ""],
    ]
    page(settings, "digitisation_statistics", "Thống kê số hóa 1_10_2026 8_30.xls", V9_HEAD, rows)
    [outcome] = ingestion.run()
    entry = outcome.entry
    assert (entry.source_id, entry.unknown_columns, entry.missing_columns) == (
        "tandan_digitisation",
        "[]",
        "[]",
    )
    assert (entry.rows_read, entry.rows_accepted, entry.rows_quarantined) == (4, 2, 2)
    one, other = accepted(settings, "digitisation_statistics").to_dicts()
    period = ("period_start_date", "period_end_date")
    assert [one[name] for name in period] == [date(2026, 9, 1), date(2026, 9, 30)]
    assert (one["received_without_file_count"], one["received_with_file_count"]) == (1_234, 81_052)
    assert (one["received_with_file_pct"], one["resolved_with_file_pct"]) == (Decimal("98.50"), Decimal(98))
    assert (one["resolved_without_file_count"], one["resolved_with_file_count"]) == (20, 980)
    assert (one["assessment_code"], other["assessment_code"]) == ("passed", "failed")
    assert (other["received_with_file_pct"], other["received_count"]) == (None, None)
    assert refused(settings) == [
        (7, "received_without_file_count", "bad_number"),
        (8, "received_with_file_pct", "bad_number"),
    ]


def test_digitisation_by_department_of_igate(settings: Settings, ingestion: Ingestion) -> None:
    head = (
        "Tên cơ quan,Tổng tiếp nhận,Tiếp nhận có file,Tổng hoàn thành,Hoàn thành có file,"
        "Tiếp nhận không file,Hoàn thành không file,Tiếp nhận & hoàn thành có file,Tỷ lệ tiếp nhận có file,"
        "Tỷ lệ hoàn thành có file,Tỷ lệ tiếp nhận & hoàn thành có file"
    )
    lines = [
        head,
        "Sở Tư pháp,1.234,1.000,900,800,234,100,700,81.04%,88.9%,-",
        "Sở Xây dựng,1.234.5,0,0,0,0,0,0,-,-,-",
    ]
    path = settings.landing / "digitisation_statistics" / "so-hoa 20260901-20260930 20261001T004000.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    [outcome] = ingestion.run()
    entry = outcome.entry
    assert (entry.source_id, entry.unknown_columns, entry.missing_columns) == (
        "igate_digitisation",
        "[]",
        "[]",
    )
    [row] = accepted(settings, "digitisation_statistics").to_dicts()
    assert (row["received_count"], row["received_with_file_count"], row["whole_with_file_count"]) == (
        1_234,
        1_000,
        700,
    )
    assert (row["resolved_count"], row["resolved_without_file_count"]) == (900, 100)
    assert (row["received_with_file_pct"], row["whole_with_file_pct"]) == (Decimal("81.04"), None)
    assert (row["period_start_date"], row["period_end_date"]) == (date(2026, 9, 1), date(2026, 9, 30))
    assert refused(settings) == [(3, "received_count", "bad_number")]
