"""Turns rows of text into typed rows by the words of a contract, lazily.

Here: one polars expression per canonical column, and the reasons a row is refused for.
Not here: reading files (`readers/`), writing them (`lake.py`).
Explained in docs/architecture.md, "Delivered → accepted".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from pipelines.contracts.models import (
    UNMAPPED,
    Column,
    FromFileName,
    FromGroup,
    FromLead,
    FromTicks,
    Kind,
    Source,
    SourceSystem,
)
from pipelines.ingestion.batches import by_distinct, first_moment, listed
from pipelines.ingestion.pseudonyms import Pseudonymiser
from pipelines.ingestion.readers.model import SHEET
from pipelines.text import agency_key_expr, fold, fold_expr

REASONS = "_reasons"
MOMENT = "_moment"
POLARS_TYPES = {
    "string": pl.String(),
    "int": pl.Int64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
}
# Unambiguous whatever the portal, and what a workbook's date cells are read as.
ISO_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")
BAD = {
    "int": "bad_number",
    "decimal": "bad_number",
    "boolean": "bad_boolean",
    "date": "bad_date",
    "timestamp": "bad_timestamp",
}
PROVENANCE: Mapping[str, pl.DataType] = {
    "source_id": pl.String(),
    "source_system": pl.String(),
    "file_sha256": pl.String(),
    "row_number": pl.Int64(),
    "observed_at": pl.Datetime("us"),
}


def lake_schema(kind: Kind) -> dict[str, pl.DataType]:
    """Columns and types of a kind's Parquet files, in order."""
    schema: dict[str, pl.DataType] = {}
    for name, column in kind.columns.items():
        if column.privacy == "drop":
            continue
        if column.privacy == "pseudonym":
            schema[f"{name}_key"] = pl.String()
            continue
        schema[name] = polars_type(column)
        if label := kind.label_column(name):
            schema[label] = pl.String()
        if column.name_key:
            schema[column.name_key] = pl.String()
        if column.time_flag:
            schema[column.time_flag] = pl.Boolean()
    return schema | dict(PROVENANCE)


def polars_type(column: Column) -> pl.DataType:
    """Type of a canonical column in the lake."""
    return pl.Decimal(18, column.decimals) if column.type == "decimal" else POLARS_TYPES[column.type]


@dataclass(frozen=True)
class Typing:
    """How one file's text becomes typed columns.

    Attributes:
        headers: folded header → header as this file spells it.
        lead_text: what stands above the table.
        words: per column, delivered word (folded) → canonical word.
        file_name: name of the delivered file, composed (NFC).
    """

    kind: Kind
    source: Source
    system: SourceSystem
    headers: Mapping[str, str]
    lead_text: str
    words: Mapping[str, Mapping[str, str | bool]]
    pseudonymiser: Pseudonymiser
    file_name: str = ""
    _reasons: list[tuple[str, pl.Expr]] = field(default_factory=list)
    _parsed: dict[str, pl.Expr] = field(default_factory=dict)

    def apply(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Typed columns, `row_number`, the list of reasons and the latest moment named by headers.

        Each element of `_reasons` is `code|column`; an empty list means the row is accepted.
        """
        columns = [e for name, column in self.kind.columns.items() for e in self._column(name, column)]
        moment = self._moment()
        parsed = frame.with_columns(**self._parsed)
        return parsed.select(pl.col("row_number"), *columns, listed(self._reasons).alias(REASONS), moment)

    def missing_headers(self) -> tuple[str, ...]:
        """Canonical columns the source maps but this file has no header for."""
        return tuple(
            name
            for name in self.source.columns
            if self.source.headers_of(name) and self._header(name) is None
        )

    def _header(self, name: str) -> str | None:
        for header in self.source.headers_of(name):
            if (spelt := self.headers.get(fold(header))) is not None:
                return spelt
        return None

    def _text(self, name: str) -> pl.Expr:
        """The delivered text of a canonical column, null where there is none."""
        origin = self.source.columns.get(name)
        if name in self.source.constants:
            return pl.lit(self.source.constants[name])
        if any(name in constants for constants in self.source.sheets.values()):
            told = {fold(title): c[name] for title, c in self.source.sheets.items() if name in c}
            return fold_expr(pl.col(SHEET)).replace_strict(told, default=None, return_dtype=pl.String)
        if isinstance(origin, FromGroup):
            group = f"group:{origin.group}"
            return pl.col(group) if group in self.headers.values() else pl.lit(None, pl.String)
        if isinstance(origin, (FromLead, FromFileName)):
            return pl.lit(self._captured(origin), pl.String)
        header = self._header(name)
        if header is None:
            return pl.lit(None, pl.String)
        text = pl.col(header)
        return text.replace(dict.fromkeys(self.source.nulls)) if self.source.nulls else text

    def _captured(self, origin: FromLead | FromFileName) -> str | None:
        """What stands in the one group of a pattern, the same for every row of the file."""
        if isinstance(origin, FromLead):
            found = re.search(origin.lead, self.lead_text)
        else:
            found = re.search(origin.file_name, self.file_name)
        return found.group(1) if found else None

    def _column(self, name: str, column: Column) -> Iterator[pl.Expr]:
        if column.privacy == "drop":
            return
        origin = self.source.columns.get(name)
        if isinstance(origin, FromTicks):
            yield from self._ticked(name, column, origin)
            return
        text = self._text(name)
        if column.privacy == "pseudonym":
            yield self.pseudonymiser.expr(text, name).alias(f"{name}_key")
            return
        value = self._value(text, name, column)
        yield value.alias(name)
        self._require(text, name, column)
        self._judge(text, value, name, column)
        if label := self.kind.label_column(name):
            yield text.alias(label)
        if column.name_key:
            yield by_distinct(text, agency_key_expr, pl.String()).alias(column.name_key)
        if column.time_flag:
            yield self._at(text, name).struct.field("has_clock").alias(column.time_flag)

    def _value(self, text: pl.Expr, name: str, column: Column) -> pl.Expr:
        words = self.words.get(name)
        if column.vocabulary:
            known = words if words is not None else {fold(word): word for word in column.vocabulary}
            if "" in known:  # a word for an empty cell
                text = text.fill_null("")
            return by_distinct(text, lambda cells: _looked_up(cells, known), pl.String())
        if column.type in ("int", "decimal"):
            return self._counted(text, name, column)
        if column.type == "boolean":
            given = words or {"true": True, "false": False, "1": True, "0": False}
            return fold_expr(text).replace_strict(given, default=None, return_dtype=pl.Boolean)
        if column.type == "timestamp":
            return self._at(text, name).struct.field("at")
        if column.type == "date":
            return self._at(text, name).struct.field("at").dt.date()
        return text

    def _counted(self, text: pl.Expr, name: str, column: Column) -> pl.Expr:
        """The number a text writes; a percentage may carry its sign."""
        if column.type == "int":
            return _number(text, self.source.thousands_mark)
        if name.endswith("_pct"):
            text = text.str.strip_suffix("%").str.strip_chars_end()
        return _decimal(text, column.decimals, self.source.decimal_mark)

    def _at(self, text: pl.Expr, name: str) -> pl.Expr:
        """The moment a column's text names, parsed once for all that is made of it."""
        readings = [(_has_clock(form), partial(self._moment_of, form=form)) for form in self._formats()]
        self._parsed[f"at:{name}"] = first_moment(text, readings)
        return pl.col(f"at:{name}")

    def _ticked(self, name: str, column: Column, origin: FromTicks) -> Iterator[pl.Expr]:
        known = {self.headers[fold(h)]: word for h, word in origin.ticked.items() if fold(h) in self.headers}
        ticks = [pl.when(pl.col(h).is_not_null()).then(pl.lit(word)) for h, word in known.items()]
        count = pl.sum_horizontal(*[pl.col(h).is_not_null() for h in known]) if known else pl.lit(0)
        value = (
            pl.when(count > 1).then(pl.lit(UNMAPPED)).otherwise(pl.coalesce(*ticks, pl.lit(None, pl.String)))
        )
        yield value.alias(name)
        self._require(value, name, column)
        if label := self.kind.label_column(name):
            labels = [pl.when(pl.col(h).is_not_null()).then(pl.lit(h)) for h in known]
            yield pl.coalesce(*labels, pl.lit(None, pl.String)).alias(label)

    def _formats(self) -> tuple[str, ...]:
        return (*self.source.dates, *ISO_FORMATS)

    def _moment_of(self, text: pl.Expr, form: str) -> pl.Expr:
        """Wall clock of the system's time zone; null where the text is not written so."""
        if "%z" in form or "%:z" in form:
            moment = text.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
            return moment.dt.convert_time_zone(self.system.time_zone).dt.replace_time_zone(None)
        return (
            text.str.to_datetime(form, strict=False, time_unit="us")
            if _has_clock(form)
            else _midnight(text, form)
        )

    def _require(self, present: pl.Expr, name: str, column: Column) -> None:
        if column.required == "hard":
            code = "missing_key" if name in self.kind.key else "missing_required"
            self._refuse(present.is_null(), code, name)

    def _judge(self, text: pl.Expr, value: pl.Expr, name: str, column: Column) -> None:
        if column.type in BAD:
            self._refuse(text.is_not_null() & value.is_null(), BAD[column.type], name)
        if column.type in ("date", "timestamp"):
            self._refuse(value < pl.lit(self.system.plausible_from), "date_out_of_range", name)
        if column.minimum is not None:
            self._refuse(value < column.minimum, "number_out_of_range", name)
        if column.maximum is not None:
            self._refuse(value > column.maximum, "number_out_of_range", name)
        if column.is_closed:
            self._refuse(value == UNMAPPED, "unknown_word", name)
        if column.pattern is not None:
            self._refuse(~text.str.contains(rf"^(?:{column.pattern})$"), "not_as_asked", name)

    def _refuse(self, condition: pl.Expr, code: str, name: str) -> None:
        self._reasons.append((f"{code}|{name}", condition))

    def _moment(self) -> pl.Expr:
        """The latest of the moments under `observed_at.latest_of_headers`, or of the mapped columns."""
        where = self.source.observed_at
        spelt = [self.headers[fold(h)] for h in where.latest_of_headers if fold(h) in self.headers]
        texts = [(h, pl.col(h)) for h in spelt] + [(name, self._text(name)) for name in where.latest_of]
        moments = [self._at(text, name).struct.field("at") for name, text in texts]
        return pl.max_horizontal(*moments, pl.lit(None, pl.Datetime("us"))).alias(MOMENT)


def _has_clock(form: str) -> bool:
    return any(part in form for part in ("%H", "%I", "%T", "%R"))


def _midnight(text: pl.Expr, form: str) -> pl.Expr:
    return text.str.to_date(form, strict=False).cast(pl.Datetime("us"))


def _looked_up(text: pl.Expr, known: Mapping[str, str | bool]) -> pl.Expr:
    unmapped = pl.when(text.is_not_null()).then(pl.lit(UNMAPPED))
    return fold_expr(text).replace_strict(known, default=unmapped, return_dtype=pl.String)


def _number(text: pl.Expr, mark: str) -> pl.Expr:
    """Whole numbers as portals print them: `1234`, or `1.234` with marks between thousands."""
    grouped = text.str.contains(rf"^-?[0-9]{{1,3}}([{mark}][0-9]{{3}})+$")
    return (
        pl.when(grouped)
        .then(text.str.replace_all(mark, "", literal=True))
        .otherwise(text)
        .cast(pl.Int64, strict=False)
    )


def _decimal(text: pl.Expr, decimals: int, mark: str) -> pl.Expr:
    """Numbers with at most so many decimals, without marks between thousands; exact, never rounded."""
    fraction = rf"(?:[{mark}][0-9]{{1,{decimals}}})?" if decimals else ""
    written = text.str.contains(rf"^-?[0-9]+{fraction}$")
    plain = text.str.replace(mark, ".", literal=True)
    return pl.when(written).then(plain).cast(pl.Decimal(18, decimals), strict=False)


def refusals(frame: pl.LazyFrame) -> pl.LazyFrame:
    """One row for each reason a row is refused for: row_number, column_name, reason_code."""
    parts = pl.col(REASONS).str.split_exact("|", 1)
    return (
        frame.filter(pl.col(REASONS).list.len() > 0)
        .select("row_number", REASONS)
        .explode(REASONS)
        .select(
            pl.col("row_number"),
            parts.struct.field("field_1").alias("column_name"),
            parts.struct.field("field_0").alias("reason_code"),
        )
    )


def content_columns(schema: Sequence[str]) -> list[str]:
    """The columns that say what a row is about, without where it was found."""
    return [name for name in schema if name not in PROVENANCE]
