"""The register of the land offices as a plain CSV, with everything plain CSV brings along.

Here: delimiter, quotes, line breaks in notes, byte order mark, UTF-16, Windows-1258, changing headers.
Not here: what the rows say (`deliveries.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import codecs
import unicodedata
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from pipelines.sample.exporting import Exported, compress, one_in, overridden, words
from pipelines.sample.registers import DISTRICTS_ENDED

if TYPE_CHECKING:
    from pipelines.sample.exporting import Sheet

_HEADERS = {
    "number": "STT", "dossier_code": "Mã hồ sơ", "procedure_code": "Mã TTHC", "procedure_name": "Tên TTHC",
    "field_name": "Lĩnh vực", "agency_code": "Mã cơ quan", "agency_name": "Cơ quan",
    "channel_code": "Kênh thực hiện", "status_code": "Mã trạng thái", "applied_at": "Ngày nộp",
    "received_at": "Ngày tiếp nhận", "due_at": "Ngày hẹn trả", "finished_at": "Ngày có kết quả",
    "returned_at": "Ngày trả kết quả", "supplement_request_count": "Số lần bổ sung",
    "supplement_requested_at": "Ngày yêu cầu bổ sung", "supplement_completed_at": "Ngày hoàn thành bổ sung",
    "extension_count": "Số lần gia hạn", "apologised_at": "Ngày xin lỗi",
    "stated_outcome_code": "Đánh giá tiến độ", "name": "Chủ hồ sơ", "id_number": "Số CCCD",
    "phone": "Số điện thoại", "note": "Ghi chú",
}  # fmt: skip
_LATER_MOMENTS = ("returned_at", "supplement_requested_at", "supplement_completed_at", "apologised_at")
_COUNTS = ("supplement_request_count", "extension_count")
_NEW_HEADERS = {"received_at": "Ngày nhận", "due_at": "Hạn xử lý"}  # since the offices were renamed
_VERDICTS = {"early": "Sớm hạn", "on_time": "Đúng hạn", "late": "Trễ hạn"}
_TONES = "\u0300\u0309\u0303\u0301\u0323"
_BREAK = "\r\n"
_IN_1258 = date(2024, 3, 1)
_IN_UTF16 = date(2024, 9, 1)
_NO_SECONDS_SINCE = date(2025, 1, 1)


def encode_1258(text: str) -> bytes:
    """Write Vietnamese in Windows-1258: base letters followed by a combining tone.

    Raises:
        UnicodeEncodeError: a character does not exist in Windows-1258.
    """
    written = []
    for character in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", character)
        tone = "".join(part for part in parts if part in _TONES)
        base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))
        written.append(base + tone)
    return "".join(written).encode("cp1258")


def _moment(column: str, flag: str | None, style: str) -> pl.Expr:
    """The moment with its time of day, or as a date where the portal kept none."""
    full = pl.col(column).dt.strftime(style)
    day = pl.col(column).dt.strftime("%d/%m/%Y")
    return overridden(column, full if flag is None else pl.when(flag).then(full).otherwise(day))


def _note() -> pl.Expr:
    """Free text as clerks leave it: a phone number, a line break, a name, quotes."""
    position = pl.int_range(pl.len())
    plot = position % 300 + 1
    call = pl.format("Thửa đất số {}, tờ bản đồ 12; gọi {} khi có kết quả", plot, pl.col("phone"))
    lines = pl.format('Hẹn thẩm định thực địa,\n{} dẫn đạc; mốc "A{}"', pl.col("name"), position % 9)
    return (
        pl.when(one_in(11, position)).then(call)
        .when(one_in(29, position)).then(lines)
        .otherwise(pl.lit(""))
    )  # fmt: skip


def _quoted(column: str) -> pl.Expr:
    text = pl.col(column)
    in_quotes = pl.lit('"') + text.str.replace_all('"', '""', literal=True) + pl.lit('"')
    return pl.when(text.str.contains(r'[",\r\n]')).then(in_quotes).otherwise(text).alias(column)


def _suffix(month_number: int) -> str:
    """What the province hangs on a procedure code: nothing or one of its suffixes (domain.md §2.6)."""
    return (".H41", ".000.00.00.H41", "")[month_number % 3]


def export_land(sheet: Sheet) -> Exported:
    """Write one month's register.

    Returns:
        A gzipped CSV named like `so-ho-so-dat-dai 2024-02-01.csv.gz`, extracted at midnight. March 2024
        is Windows-1258, September 2024 UTF-16, every third month carries a byte order mark; seconds
        are printed (as 00) in 2024, headers change on 1/7/2025.
    """
    month = sheet.month
    style = "%d/%m/%Y %H:%M:%S" if month.first < _NO_SECONDS_SINCE else "%d/%m/%Y %H:%M"
    rows = sheet.rows.with_columns(number=(~pl.col("is_repeat")).cum_sum())
    # the note of an original and of its repeat must be the same line
    noted = rows.with_columns(note=_note()).with_columns(
        note=pl.when("is_repeat").then(pl.col("note").shift(1)).otherwise("note")
    )
    ragged = pl.col("is_ragged")
    cells = noted.select(
        number=pl.col("number").cast(pl.String),
        dossier_code=pl.col("dossier_code").fill_null(""),
        procedure_code=(pl.col("procedure_code") + _suffix(month.month)).fill_null(""),
        procedure_name=pl.col("procedure_name").fill_null(""),
        field_name="field_name",
        agency_code=pl.col("agency_code").fill_null(""),
        agency_name=pl.col("agency_name").fill_null(""),
        channel_code=words("channel_code", 0),
        status_code=words("status_code", 0),
        applied_at=_moment("applied_at", None, style),
        received_at=_moment("received_at", None, style),
        due_at=_moment("due_at", "has_due_time", style),
        finished_at=_moment("finished_at", "has_finished_time", style),
        **{column: _moment(column, None, style) for column in _LATER_MOMENTS},
        **{column: pl.col(column).cast(pl.String).fill_null("") for column in _COUNTS},
        stated_outcome_code=pl.col("stated_outcome_code")
        .replace_strict(_VERDICTS, default=None, return_dtype=pl.String)
        .fill_null(""),
        name="name",
        id_number="id_number",
        phone="phone",
        note=pl.when(ragged).then(pl.lit("Bản đồ kèm theo, chưa ký")).otherwise("note"),
        is_ragged="is_ragged",
    )
    columns = list(_HEADERS)
    quoted = cells.with_columns(_quoted(column) for column in columns).with_columns(
        # the fault: a comma that nobody put in quotes
        note=pl.when(ragged).then(cells["note"]).otherwise("note")
    )
    records = quoted.select(pl.concat_str(columns, separator=",")).to_series()
    titles = {**_HEADERS, **(_NEW_HEADERS if month.first >= DISTRICTS_ENDED else {})}
    text = ",".join(titles[column] for column in columns) + _BREAK + _BREAK.join(records) + _BREAK
    # a record is known by the line it starts on; a note may hold a line break
    breaks = records.str.count_matches("\n")
    first_lines = (pl.int_range(2, len(records) + 2, eager=True) + breaks.cum_sum() - breaks).to_list()
    return Exported(
        file_name=f"so-ho-so-dat-dai {sheet.observed_at:%Y-%m-%d}.csv.gz",
        content=compress(_encoded(text, month.first)),
        rows=noted.drop("number", "note"),
        row_numbers=first_lines,
        not_records=1,
    )


def _encoded(text: str, month: date) -> bytes:
    if month == _IN_1258:
        return encode_1258(text)
    if month == _IN_UTF16:
        return codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    return (b"" if month.month % 3 else codecs.BOM_UTF8) + text.encode()
