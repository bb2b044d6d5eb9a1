"""What the export formats share: the written file, texts of moments, the look of names.

Here: helpers used by every `exports_*.py`.
Not here: any one format.
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.sample.options import parameters

if TYPE_CHECKING:
    from datetime import date, datetime

    from pipelines.sample.lives import Month

# Tone placement: the older spelling puts the mark on the last vowel of oa, oe, uy.
_NEW_TONES = ["òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy"]
_OLD_TONES = ["oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ"]


@dataclass(frozen=True)
class Sheet:
    """What is exported: the rows of one portal and month, and when.

    Attributes:
        rows: rows with faults, in file order; with `person` replaced by the persons' own columns.
        month: the month reported.
        observed_at: moment of extraction, local wall clock.
    """

    rows: pl.DataFrame
    month: Month
    observed_at: datetime


@dataclass(frozen=True)
class Exported:
    """One file as it is delivered.

    Attributes:
        file_name: name below `landing/<kind>/`.
        content: its bytes.
        rows: the rows in the order of the file.
        row_numbers: physical number of each row, 1-based.
        not_records: number of physical rows that are no records.
    """

    file_name: str
    content: bytes
    rows: pl.DataFrame
    row_numbers: list[int]
    not_records: int


def compress(content: bytes) -> bytes:
    """Gzip without a name and without a date, so that equal content gives equal bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as archive:
        archive.write(content)
    return packed.getvalue()


def overridden(column: str, text: pl.Expr) -> pl.Expr:
    """The cell's text, or what a fault put in its place; null becomes an empty cell."""
    hit = pl.col("override_column").eq_missing(pl.lit(column))
    return pl.when(hit).then("override_text").otherwise(text).fill_null("").alias(column)


def words(column: str, place: int) -> pl.Expr:
    """Canonical words of `status_code` or `channel_code` as the portal prints them: 0 codes, 1 labels."""
    table = parameters("world")["words"][column.removesuffix("_code")]
    printed = {word: texts[place] for word, texts in table.items()}
    return pl.col(column).replace_strict(printed, default=None)


def one_in(count: int, position: pl.Expr) -> pl.Expr:
    """Every so manyth record."""
    return position % count == count // 2


def misspelt(name: pl.Expr, position: pl.Expr) -> pl.Expr:
    """The same name in the spellings portals mix: decomposed, with Ð for Đ, with the older tone placement.

    Which record gets which depends on `position`, equal for a record and its exact repeat.
    """
    return (
        pl.when(one_in(41, position)).then(name.str.normalize("NFD"))
        .when(one_in(53, position)).then(name.str.replace_all("Đ", "Ð"))
        .when(one_in(17, position)).then(name.str.replace_many(_NEW_TONES, _OLD_TONES))
        .otherwise(name)
    )  # fmt: skip


def stamped(moment: datetime) -> str:
    """'1_2_2024 7_30', as the Tân Dân software puts it into a file's name."""
    return f"{moment.day}_{moment.month}_{moment.year} {moment.hour}_{moment:%M}"


def period_text(first: date, last: date) -> str:
    """'(Từ ngày 01/01/2024 đến ngày 31/01/2024)'."""
    return f"(Từ ngày {first:%d/%m/%Y} đến ngày {last:%d/%m/%Y})"
