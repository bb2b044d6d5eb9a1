"""Known people are found however they are written, and nobody is found where nobody is."""

import gzip
import json
import unicodedata
import zipfile
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.publishing.privacy import PERSONAL_FORMS, personal_forms_in, scan_for_people

NAME = "Nguyễn Thị Hòa Thử"
IDENTITY = "040199012345"
PHONE = "0912345678"
PEOPLE = [NAME, IDENTITY, PHONE]
WRITTEN = {
    "name as it is": (NAME, 0),
    "name in capitals": (f"Ông/bà: {NAME.upper()}.", 0),
    "name decomposed": (unicodedata.normalize("NFD", NAME), 0),
    "name with the other tone placement": ("nguyễn thị hoà thử", 0),
    "name in JSON escapes": (json.dumps({"name": NAME, "face": "😀"}), 0),
    "name in JSON within JSON": (json.dumps(json.dumps({"name": NAME})), 0),
    "identity number": (f"CCCD {IDENTITY}, cấp 2021", 1),
    "identity number in groups": ("040 199 012 345", 1),
    "phone": (f"<td>{PHONE}</td>", 2),
    "phone with +84": ("+84912345678", 2),
    "phone with dots": ("0912.345.678", 2),
}


def persons(path: Path) -> set[int]:
    return {finding.person for finding in scan_for_people([path], PEOPLE)}


@pytest.mark.parametrize(("text", "person"), WRITTEN.values(), ids=WRITTEN.keys())
def test_somebody_is_found_however_written(tmp_path: Path, text: str, person: int):
    path = tmp_path / "log.txt"
    path.write_text(f"before {text} after", "utf-8")
    assert persons(path) == {person}


@pytest.mark.parametrize(
    "text",
    [
        "Nguyễn Thị Hòa",
        "H41.12-260901-0401990123450",  # a longer run that only begins like it
        "3091234567812",
        "",
    ],
)
def test_nobody_is_found_in_what_only_looks_alike(tmp_path: Path, text: str):
    path = tmp_path / "log.txt"
    path.write_text(text, "utf-8")
    assert persons(path) == set()


@pytest.mark.parametrize("cell", ["Nguyễn Thị Hòa Thửa", "a040199012345f"])
def test_in_a_cell_words_stand_apart_but_not_in_raw_bytes(tmp_path: Path, cell: str):
    path = tmp_path / "cells.parquet"
    pl.DataFrame({"cell": [cell]}).write_parquet(path, compression="zstd")
    assert {f.place for f in scan_for_people([path], PEOPLE)} <= {"bytes"}
    assert persons_in_bytes(tmp_path / "raw", f"length{cell}next") != set()


def persons_in_bytes(path: Path, text: str) -> set[int]:
    path.write_bytes(b"\x00\xff" + text.encode())
    return persons(path)


def test_compressed_formats_are_read_by_their_content(tmp_path: Path):
    text = "\n".join(PEOPLE)
    with gzip.open(tmp_path / "a.gz", "wt", encoding="utf-8") as file:
        file.write(text)
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", text)
    pl.DataFrame({"who": [NAME, IDENTITY], "number": [0, int(PHONE)]}).write_parquet(tmp_path / "c.parquet")
    with duckdb.connect(str(tmp_path / "d.duckdb")) as con:
        con.execute("create schema core; create table core.t as select ? as who, ? as id", [NAME, IDENTITY])
        con.execute(f"comment on table core.t is 'Ask {PHONE}.'")
    (tmp_path / "e.txt").write_bytes(text.encode("utf-16"))
    found = {(f.path.name, f.person) for f in scan_for_people([tmp_path, tmp_path / "absent"], PEOPLE)}
    everywhere = {(name, person) for name in ("a.gz", "b.zip", "d.duckdb", "e.txt") for person in (0, 1, 2)}
    assert found == everywhere | {("c.parquet", person) for person in (0, 1, 2)}


def test_a_finding_says_where_but_not_whom(tmp_path: Path):
    pl.DataFrame({"ghi_chu": [NAME]}).write_parquet(tmp_path / "t.parquet")
    findings = scan_for_people([tmp_path / "t.parquet"], PEOPLE)
    assert {f.place for f in findings} >= {"ghi_chu"}
    assert NAME not in repr(findings)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("040199012345", "identity number"),
        ("Số 040199012345.", "identity number"),
        ("0912345678", "mobile phone"),
        ("+84912345678", "mobile phone"),
        ("a.b@mail.example.vn", "e-mail address"),
        ("000.00.53.H48-220921-0099", None),
        ("G09.20-20260609-0092637", None),
        ("101005123456", None),  # a case number of Boston 311
        ("17329@2025-07-01", None),  # an agency key
        ("Danh sách hồ sơ 1_11_2026 0_30.xls", None),
        ("202611010030", None),
        ("9f0912345678c0401990123450b", None),
        (None, None),
    ],
)
def test_personal_forms_are_told_from_codes_and_dates(value: str | None, form: str | None):
    with duckdb.connect() as con:
        con.execute("create table t as select cast(? as varchar) as cell", [value])
        assert personal_forms_in(con, "t", ["cell"]) == ({("cell", form): 1} if form else {})
    assert form is None or form in PERSONAL_FORMS
