"""What is wrong in the registers that people keep, told to the person who keeps them, in Vietnamese.

Here: each refused cell as a sentence with row and column; `dunghen check-registers`.
Not here: what a cell must look like (the kinds), why rows are refused (`typed.py`). What stands in a cell
is never repeated.
Explained in docs/registers.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from pipelines.contracts import Kind, Source, load_reasons
from pipelines.ingestion.ingest import Ingestion
from pipelines.ingestion.outcome import on_sheets
from pipelines.ingestion.readers import TextTable, UnreadableFile, read_table
from pipelines.ingestion.recognise import described_sheets, matching_source, nearest_source
from pipelines.ingestion.typed import REASONS, Typing, refusals


@dataclass(frozen=True)
class Checked:
    """One file of a register: how many rows it has, and what is wrong with it."""

    relative_path: str
    rows: int
    complaints: tuple[str, ...]


def check_registers(ingestion: Ingestion) -> list[Checked]:
    """Read every file of every register as ingestion would; nothing is written."""
    kinds = tuple(kind.kind for kind in ingestion.catalogue.kinds.values() if kind.is_register)
    return [check_register(ingestion, path, kind) for kind, path in ingestion.delivered.files(kinds)]


def check_register(ingestion: Ingestion, path: Path, kind_name: str) -> Checked:
    """Read one file of a register as ingestion would."""
    kind = ingestion.catalogue.kinds[kind_name]
    sources = ingestion.catalogue.sources_of(kind_name)
    headers = sorted({h for s in sources for h in s.known_headers()})
    name = ingestion.delivered.relative(path)
    with TemporaryDirectory(prefix="dunghen-") as scratch:
        try:
            table = read_table(path, known_headers=headers, work=Path(scratch), selectors=headers)
            source = matching_source(sources, table, path.name)
            if source is None:
                nearest = nearest_source(sources, table)
                missing = ", ".join(f"‘{title}’" for title in nearest[1]) if nearest else ""
                return Checked(name, table.rows_read, (f"Tệp thiếu cột {missing}; thêm cột rồi lưu lại.",))
            table = described_sheets(source, table)
        except UnreadableFile as error:
            label = load_reasons()[error.reason_code].label
            return Checked(name, 0, (f"{label}. Mở tệp bằng chương trình bảng tính và lưu lại.",))
        typing = ingestion.typing(kind, source, table, path.name)
        typed = typing.apply(table.frame).collect()
    complaints = (*_refused(typing, table, typed), *_told_twice(kind, table, typed))
    return Checked(name, table.rows_read, complaints)


def _refused(typing: Typing, table: TextTable, typed: pl.DataFrame) -> Iterator[str]:
    rejects = pl.DataFrame(
        [(r.row_number, None, r.reason_code) for r in table.rejects],
        schema={"row_number": pl.Int64, "column_name": pl.String, "reason_code": pl.String},
        orient="row",
    )
    found = refusals(typed.lazy()).collect()
    rows = pl.concat([found.cast(pl.Schema(rejects.schema)), rejects])
    for row in on_sheets(rows, table).sort("row_number", maintain_order=True).iter_rows(named=True):
        label, remedy = _reason(typing, row["reason_code"], row["column_name"])
        column = row["column_name"]
        title = typing.kind.columns[column].label if column else None
        cell = f", cột ‘{_header(typing.source, column) or title}’" if column else ""
        yield f"{_place(row)}{cell}: {label}. {remedy}".strip()


def _told_twice(kind: Kind, table: TextTable, typed: pl.DataFrame) -> Iterator[str]:
    """Rows whose key stands in an earlier row with another content; the later one counts."""
    key = [column for column in kind.key if column in typed.columns]
    sound = typed.filter(pl.col(REASONS).list.len() == 0)
    content = [c for c in sound.columns if c not in ("row_number", REASONS, "_moment")]
    distinct = sound.unique(content, keep="first", maintain_order=True)
    again = distinct.filter(pl.struct(key).is_duplicated()).with_columns(
        first=pl.col("row_number").min().over(key)
    )
    titles = ", ".join(f"‘{kind.columns[column].label}’" for column in key)
    later = again.filter(pl.col("row_number") > pl.col("first")).select("row_number", "first")
    for row in on_sheets(later, table).sort("row_number").iter_rows(named=True):
        first = row["first"] - (row["row_number"] - (row["sheet_row_number"] or row["row_number"]))
        said = f"cùng {titles} với dòng {first}. Chỉ dòng dưới được dùng; xóa một trong hai dòng."
        yield f"{_place(row)}: {said}"


def _place(row: dict[str, object]) -> str:
    sheet = f"Trang ‘{row['sheet_name']}’, dòng" if row["sheet_name"] else "Dòng"
    return f"{sheet} {row['sheet_row_number'] or row['row_number']}"


def _header(source: Source, column: str) -> str | None:
    return next(iter(source.headers_of(column)), None)


def _reason(typing: Typing, code: str, name: str | None) -> tuple[str, str]:
    """Label and remedy of a reason, about a column."""
    reason = load_reasons()[code]
    if name is None:
        return reason.label, reason.remedy_vi
    column = typing.kind.columns[name]
    given = typing.source.values.get(name)
    words = ", ".join(given) if isinstance(given, dict) else ", ".join(column.vocabulary)
    bounds = {"từ": column.minimum, "đến": column.maximum}
    said = " ".join(f"{word} {bound}" for word, bound in bounds.items() if bound is not None)
    if column.type in ("date", "timestamp"):
        said = f"{typing.system.plausible_from:%d/%m/%Y}"
    return reason.label, reason.remedy_vi.format(words=words, range=said, hint=column.hint).strip()
