"""What portals tell of paying and digitising in the last months, and what is true about it.

Here: receipts, transactions, statistics of digitisation, the payloads for the national portal; their truth.
Not here: how the files look (`exports_electronic.py`, `national.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipelines.sample import exports_electronic as printed
from pipelines.sample.electronic_rows import (
    BAD_NUMBER,
    break_some,
    drawn_receipts,
    drawn_transactions,
    statistic,
)
from pipelines.sample.national import Life, draw_national, record_at, sync_file
from pipelines.sample.national_truth import NationalTruth
from pipelines.sample.options import parameters
from pipelines.sample.people import people

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipelines.sample.lives import Month
    from pipelines.sample.offices import Desk

Row = dict[str, Any]
_SYNC_STREAM, _RECEIPT_STREAM, _TRANSACTION_STREAM, _STATISTIC_STREAM = 101, 102, 103, 104
_SYNC_AT, _RECEIPTS_AT, _TRANSACTIONS_AT, _TANDAN_AT, _IGATE_AT = (
    time(5, 0), time(8, 10), time(8, 20), time(8, 30), time(0, 40),
)  # fmt: skip
_FEES_TO_STRIKE = 2
_FILES = {
    "file_name": pl.String, "kind": pl.String, "rows_read": pl.Int64, "rows_accepted": pl.Int64,
    "rows_quarantined": pl.Int64, "rows_repeated": pl.Int64, "rows_not_records": pl.Int64,
}  # fmt: skip
_QUARANTINE = {
    "file_name": pl.String, "kind": pl.String, "row_number": pl.Int64, "column_name": pl.String,
    "reason_code": pl.String,
}  # fmt: skip


@dataclass
class Electronic:
    """The exports of one generation beside those of dossiers.

    Attributes:
        write: puts a file below `landing/<kind>/`.
        draws: a source of draws for a month and purpose.
        rows: of a portal and month, the dossier rows that were delivered and accepted.
        desk: departments, where the national payload's dossiers are handled.
        dossiers: number of dossiers asked for.
        pool: number of persons that may hand in.
    """

    write: Callable[[str, str, bytes], None]
    draws: Callable[[Month, int], np.random.Generator]
    rows: Callable[[str, Month], pl.DataFrame]
    desk: Desk | None
    dossiers: int
    pool: int
    national: NationalTruth = field(default_factory=NationalTruth)
    payments: dict[tuple[Any, ...], Row] = field(default_factory=dict)
    statistics: dict[tuple[Any, ...], Row] = field(default_factory=dict)
    files: list[tuple[str, str, int, int, int, int, int]] = field(default_factory=list)
    quarantine: list[tuple[str, str, int, str, str]] = field(default_factory=list)
    persons: list[pl.Series] = field(default_factory=list)
    world: dict[str, Any] = field(default_factory=lambda: parameters("world")["electronic"])

    def export(self, months: list[Month], formats: tuple[str, ...]) -> None:
        """Write what the last months bring."""
        if "national_sync" in formats:
            self._sync(months[-self.world["months"] :])
        if "payments" in formats:
            self._pay(months[-2:])
        if "digitisation_statistics" in formats:
            for month in months[-2:]:
                self._digitise(month)

    def _sync(self, months: list[Month]) -> None:
        if self.desk is None:
            return
        lives: list[Life] = []
        for month in months:
            rng = self.draws(month, _SYNC_STREAM)
            born = draw_national(
                self.desk, month, max(8, int(self.dossiers * self.world["national_share"])), self.pool, rng
            )
            moment = datetime.combine(month.next_first, _SYNC_AT)
            since = datetime.combine(month.first, _SYNC_AT)
            _correct(
                [life for life in lives if life.fees and len(life.fees) > 1][:3], since + timedelta(days=9)
            )
            lives += born
            self.persons.append(pl.Series([life.person for life in born]))
            told = [life for life in lives if life.changed_between(since, moment)]
            records = [record_at(life, moment) for life in told]
            _strike(records)
            name, content = sync_file(records, moment)
            self.write("dossiers", name, content)
            self.national.take(records, name)

    def _pay(self, months: list[Month]) -> None:
        receipts: list[Row] = []
        transactions: list[Row] = []
        for month in months:
            rows = (
                self.rows("nghean_tandan", month)
                .filter(pl.col("finished_at").is_not_null())
                .head(2 * self.world["receipts"])
            )
            rng = self.draws(month, _RECEIPT_STREAM)
            corrected = [r | {"fee_vnd": 20_000, "total_vnd": 20_000 + r["charge_vnd"]} for r in receipts[:9]]
            receipts = corrected + drawn_receipts(rows[::2], month, self._payers(rows[::2], rng), rng)
            moment = datetime.combine(month.next_first, _RECEIPTS_AT)
            self._told("receipt", receipts, printed.receipts(receipts, month.first, month.last, moment))
            rng = self.draws(month, _TRANSACTION_STREAM)
            settled = [
                r | {"payment_status_code": "paid"}
                for r in transactions
                if r["payment_status_code"] == "pending"
            ]
            transactions = settled + drawn_transactions(rows[1::2], month, self._payers(rows[1::2], rng), rng)
            moment = datetime.combine(month.next_first, _TRANSACTIONS_AT)
            self._told(
                "transaction",
                transactions,
                printed.transactions(transactions, month.first, month.last, moment),
            )

    def _payers(self, rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
        """A person for each row, who is remembered."""
        persons = pl.Series(rng.integers(self.pool, size=rows.height))
        self.persons.append(persons)
        return people(persons)

    def _told(self, record: str, rows: list[Row], file: tuple[str, bytes, list[int]]) -> None:
        name, content, numbers = file
        self.write("payments", name, content)
        aside = 0
        for row, number in zip(rows, numbers, strict=True):
            if isinstance(row["total_vnd"], str):
                self.quarantine.append((name, "payments", number, "total_vnd", "bad_number"))
                aside += 1
                continue
            key = (row["dossier_code"], record, row["receipt_number"], row["transaction_reference"])
            self.payments[key] = row
        self.files.append((name, "payments", len(rows), len(rows) - aside, aside, 0, 0))

    def _digitise(self, month: Month) -> None:
        rng = self.draws(month, _STATISTIC_STREAM)
        for portal, at, write in (
            ("nghean_tandan", _TANDAN_AT, printed.tandan_digitisation),
            ("nghean_igate", _IGATE_AT, printed.igate_digitisation),
        ):
            agencies = self.rows(portal, month)["agency_name"].drop_nulls().unique().sort().to_list()
            if not agencies:
                continue
            rows = [statistic(portal, name, month, rng) for name in agencies]
            break_some(rows)
            moment = datetime.combine(month.next_first, at)
            name, content, numbers = write(rows, month.first, month.last, moment)
            self.write("digitisation_statistics", name, content)
            aside = 0
            for row, number in zip(rows, numbers, strict=True):
                if row["received_with_file_count"] == BAD_NUMBER:
                    place = (number, "received_with_file_count", "bad_number")
                    self.quarantine.append((name, "digitisation_statistics", *place))
                    aside += 1
                else:
                    self.statistics[portal, row["agency_name"], month.first] = row
            self.files.append((name, "digitisation_statistics", len(rows), len(rows) - aside, aside, 0, 0))

    @property
    def all_files(self) -> list[tuple[str, str, int, int, int, int, int]]:
        """What each file comes to, once for each kind it feeds."""
        return [*self.files, *self.national.files]

    def write_truth(self, folder: Path) -> None:
        """Write what is true of each export, one Parquet file a kind, and what each file comes to."""
        paid = [_paid(key, row) for key, row in self.payments.items()]
        files = self.all_files
        aside = [*self.quarantine, *self.national.quarantine]
        tables = {
            "national_dossiers": pl.DataFrame(self.national.dossiers(), infer_schema_length=None),
            "payments": pl.DataFrame([*self.national.payments(), *paid], infer_schema_length=None),
            "supplement_requests": pl.DataFrame(self.national.supplements(), infer_schema_length=None),
            "digitisation": pl.DataFrame(self.national.digitisation(), infer_schema_length=None),
            "digitisation_statistics": pl.DataFrame(list(self.statistics.values()), infer_schema_length=None),
            "electronic_files": pl.DataFrame(files, schema=_FILES, orient="row").sort("kind", "file_name"),
            "electronic_quarantine": pl.DataFrame(aside, schema=_QUARANTINE, orient="row").sort(
                "kind", "file_name", "row_number"
            ),
        }
        for name, table in tables.items():
            table.write_parquet(folder / f"{name}.parquet", compression="zstd", compression_level=19)


def _correct(lives: list[Life], moment: datetime) -> None:
    """From a moment on these list a fee less, and another amount."""
    for life in lives:
        if life.fees and not life.corrected_fees:
            name, kind, amount = life.fees[0]
            life.corrected_fees[moment] = [(name, kind, amount + 5_000)]


def _strike(records: list[dict[str, Any]]) -> None:
    """The faults of a payload: words nobody knows, an amount with two dots, no code, a record sent twice."""
    with_fees = [record for record in records if record["DanhSachLePhi"]]
    records[0]["TrangThaiHoSo"] = "77"
    records[1]["KenhThucHien"] = "9"
    records[2]["LoaiDoiTuong"] = "Hợp tác xã"
    if len(with_fees) > _FEES_TO_STRIKE:
        with_fees[-1]["DanhSachLePhi"][0]["Gia"] = BAD_NUMBER
        with_fees[-2]["DanhSachLePhi"].append(dict(with_fees[-2]["DanhSachLePhi"][0]) | {"Gia": "1000"})
    records.append(dict(records[3]))
    records.append(dict(records[4]) | {"MaHoSo": None})


def _paid(key: tuple[Any, ...], row: Row) -> Row:
    """A receipt or transaction as it is true."""
    names = (
        "dossier_code", "is_dossier_known", "receipt_number", "transaction_reference", "collected_at",
        "fee_vnd", "charge_vnd", "total_vnd", "payment_status_code", "payment_method_code",
    )  # fmt: skip
    return {"source_system": "nghean_tandan", "payment_record_code": key[1]} | {
        name: row[name] for name in names
    }
