"""Looks for people in what must not hold any.

Here: forms of identity numbers, phones and e-mail addresses (checked in every build), and a scanner for
known people over files of any kind (used where the people are known: on the synthetic portal).
Not here: keeping them out; ingestion drops them by contract.
Explained in docs/operator.md, "No person in what is published". A finding never repeats what was found.
"""

from __future__ import annotations

import gzip
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import polars.selectors as cs

from pipelines.text import fold_expr
from pipelines.warehouse.connect import quoted

# Both Python and DuckDB read them. An identity number begins with the code of a province (001 to 096).
PERSONAL_FORMS = {
    "identity number": r"\b0[0-9]{11}\b",
    "mobile phone": r"\b(0|84)[35789][0-9]{8}\b",
    "e-mail address": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)*[.][A-Za-z]{2,}",
}
CHUNK = 16 * 1024 * 1024
OVERLAP = 512
# Building the automaton of all names costs the same for a cell as for many files.
BATCH = 32 * 1024 * 1024
MINIMUM_NAME = 5
BETWEEN_CELLS = " | "
_ESCAPED = re.compile(r"\\+u([0-9a-fA-F]{4})")  # JSON within JSON doubles the backslash
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ .\-](?=\d)")
_DIGITS = re.compile(r"(?<!\d)\d{9,13}(?!\d)", re.ASCII)
_DIGITS_APART = re.compile(r"(?<!\w)\d{9,13}(?!\w)", re.ASCII)
_TEXTUAL = ("VARCHAR", "JSON")
# Has the distinct values found before they are searched; without it the search is moved before.
_FIRST = f"limit {2**62}"
_WHOLE_NUMBERS = ("INTEGER", "BIGINT", "HUGEINT")


@dataclass(frozen=True)
class Finding:
    """Somebody was found: where, and which of the people looked for (their place in the list)."""

    path: Path
    place: str
    person: int


@dataclass(frozen=True)
class _Text:
    """Something to read: the content of a place in a file.

    Attributes:
        has_words: whether words stand apart from what surrounds them, as in a cell or a log; in raw
            bytes a name may follow the letters of another value directly.
    """

    file: Path
    place: str
    text: str
    has_words: bool


class People:
    """What is looked for: names as folded text, numbers as digits."""

    def __init__(self, people: Iterable[str]) -> None:
        self._names: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        given = list(people)
        for place, (text, name) in enumerate(zip(given, _fold(given), strict=True)):
            digits = re.sub(r"[ .+\-()]", "", text)
            if digits.isdecimal():
                self._numbers.setdefault(_national(digits), place)
            elif len(name) >= MINIMUM_NAME:
                self._names.setdefault(name, place)
        self._patterns = list(self._names)

    def found_in(self, texts: Sequence[_Text]) -> set[Finding]:
        """Everybody whom one of the texts mentions, and where."""
        found = {
            Finding(text.file, text.place, self._numbers[number])
            for text in texts
            for form in (text.text, _BETWEEN_DIGITS.sub("", text.text))
            for digits in (_DIGITS_APART if text.has_words else _DIGITS).findall(form)
            if (number := _national(digits)) in self._numbers
        }
        return found | self._named_in(texts) if self._patterns and texts else found

    def _named_in(self, texts: Sequence[_Text]) -> set[Finding]:
        folded = _fold([text.text for text in texts])
        # Overlapping: a short name must not hide the longer one that begins with it.
        hits = pl.Series(folded).str.extract_many(self._patterns, overlapping=True)
        return {
            Finding(text.file, text.place, self._names[name])
            for text, reading, names in zip(texts, folded, hits, strict=True)
            for name in names.unique()
            if not text.has_words or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", reading)
        }


def scan_for_people(paths: Iterable[Path], people: Iterable[str]) -> list[Finding]:
    """Look for people in files and folders.

    Every file is read as bytes (as UTF-8 and UTF-16, with JSON escapes undone); archives, Parquet and
    DuckDB files, which are compressed, are read by their content as well, DuckDB comments included.

    Args:
        paths: files or folders; what does not exist holds nobody.
        people: full names, identity numbers, phones; how they are written does not matter (case, NFC
            or NFD, tone placement, +84 or 0, separators between digits). Names under 5 letters are not
            looked for.

    Returns:
        One finding for each file, place and person.
    """
    wanted = People(people)
    findings: set[Finding] = set()
    for batch in _batches(text for path in paths for file in _files(path) for text in _texts(file)):
        findings |= wanted.found_in(batch)
    return sorted(findings, key=lambda f: (str(f.path), f.place, f.person))


def personal_forms_in(
    con: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str]
) -> dict[tuple[str, str], int]:
    """How many distinct values of text columns hold something of a personal form, by column and form.

    All columns are searched in one statement. Where values repeat, each is searched once: telling
    them apart costs a twentieth of searching.

    Args:
        con: an open connection.
        relation: as SQL writes it.
        columns: their names.
    """
    if not columns:
        return {}
    distinct = ", ".join(f"approx_count_distinct({quoted(column)})" for column in columns)
    [(rows, *values)] = con.execute(f"select count(*), {distinct} from {relation}").fetchall()  # noqa: S608 (quoted)
    searches = [
        f"select {place}, value from ("  # noqa: S608 (quoted)
        f"select distinct {quoted(column)} as value from {relation} {_FIRST if 4 * count < rows else ''}"
        ") where regexp_matches(value, $either)"
        for place, (column, count) in enumerate(zip(columns, values, strict=True))
    ]
    either = "|".join(f"({form})" for form in PERSONAL_FORMS.values())
    suspects = con.execute(" union all ".join(searches), {"either": either}).fetchall()
    found = Counter(
        (columns[place], name)
        for place, value in suspects
        for name, form in PERSONAL_FORMS.items()
        if re.search(form, value, re.ASCII)
    )
    return dict(found)


def _files(path: Path) -> list[Path]:
    return sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path] * path.is_file()


def _batches(texts: Iterable[_Text]) -> Iterator[list[_Text]]:
    batch: list[_Text] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text.text)
        if size > BATCH:
            yield batch
            batch, size = [], 0
    yield batch


def _texts(file: Path) -> Iterator[_Text]:
    for chunk in _chunks(file):
        yield from (_Text(file, "bytes", reading, has_words=False) for reading in _readings(chunk))
    for place, content in _contents(file):
        yield _Text(file, place, content, has_words=True)


def _contents(file: Path) -> Iterator[tuple[str, str]]:
    """What a compressed file holds, place by place."""
    with file.open("rb") as opened:
        start = opened.read(16)
    if start[:2] == b"\x1f\x8b":
        with gzip.open(file) as content:
            yield from (("gzip", reading) for reading in _readings(content.read()))
    elif start[:2] == b"PK":
        with zipfile.ZipFile(file) as archive:
            for member in archive.namelist():
                yield from ((f"zip {member}", reading) for reading in _readings(archive.read(member)))
    elif start[:4] == b"PAR1":
        frame = pl.read_parquet(file)
        for column in frame.select(cs.string() | cs.integer()).iter_columns():
            # Identity numbers and phones begin with 0, which a number has lost.
            cells = column.drop_nulls().unique().cast(pl.String)
            yield column.name, BETWEEN_CELLS.join(cells if column.dtype == pl.String else "0" + cells)
    elif start[8:12] == b"DUCK":
        with duckdb.connect(str(file), read_only=True) as con:
            yield from _columns(con)
            comments = con.execute(
                "select comment from duckdb_columns() where comment is not null "
                "union all select comment from duckdb_tables() where comment is not null "
                "union all select comment from duckdb_views() where comment is not null"
            ).fetchall()
            yield "comments", BETWEEN_CELLS.join(row[0] for row in comments)


def _chunks(file: Path) -> Iterator[bytes]:
    """The file in pieces that overlap, so that nobody hides on a border."""
    with file.open("rb") as opened:
        rest = b""
        while piece := opened.read(CHUNK):
            yield rest + piece
            rest = piece[-OVERLAP:]


def _readings(content: bytes) -> list[str]:
    text = content.decode("utf-8", errors="ignore")
    readings = [text]
    if "\\u" in text:
        unescaped = _ESCAPED.sub(lambda m: chr(int(m.group(1), 16)), text)
        readings.append(unescaped.encode("utf-16", "surrogatepass").decode("utf-16", "ignore"))
    if b"\x00" in content[:OVERLAP]:
        readings += [
            content.decode("utf-16-le", errors="replace"),
            content[1:].decode("utf-16-le", "replace"),
        ]
    return readings


def _columns(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    # a view holds nothing of its own: what it tells is in the tables and files it reads
    listed = con.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where (schema_name, table_name) in (select (schema_name, table_name) from duckdb_tables())"
    ).fetchall()
    for schema, table, column, kind in listed:
        if kind.startswith((*_TEXTUAL, *_WHOLE_NUMBERS)):
            zero = "'0' || " if kind in _WHOLE_NUMBERS else ""
            rows = con.execute(
                f'select distinct {zero}cast("{column}" as varchar) from "{schema}"."{table}" '  # noqa: S608
                f'where "{column}" is not null'
            ).fetchall()
            yield f"{schema}.{table}.{column}", BETWEEN_CELLS.join(row[0] for row in rows)


def _fold(texts: list[str]) -> list[str]:
    return (
        pl.DataFrame({"text": texts}, schema={"text": pl.String})
        .select(fold_expr(pl.col("text")))["text"]
        .to_list()
    )


def _national(digits: str) -> str:
    """Digits of a phone in their national form; anything else as it is."""
    return "0" + digits[2:] if re.fullmatch(r"84\d{9}", digits) else digits
