"""Every file that is no table is refused with a reason and a remedy, and nothing of it is repeated."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from pipelines.contracts.reasons import load_reasons
from pipelines.ingestion.readers import UnreadableFile
from tests.unit.readers.conftest import Read
from tests.unit.readers.grids import HEADERS, as_csv, as_json, as_xlsx, line

GRID = (HEADERS, *[line(number) for number in range(1, 30)])
PERSON = "Nguyễn Văn Không"
XLSX = as_xlsx(GRID)


def archive(*names: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as packed:
        for name in names:
            packed.writestr(name, as_csv(GRID))
    return sink.getvalue()


CARELESS: dict[str, tuple[bytes, str]] = {
    "an empty file": (b"", "empty_file"),
    "only blanks": (b"\xef\xbb\xbf \r\n\r\n", "empty_file"),
    "an empty gzip": (gzip.compress(b""), "empty_file"),
    "a cut gzip": (gzip.compress(as_csv(GRID).encode())[:-20], "truncated_archive"),
    "a cut zip": (archive("a.csv")[:-40], "truncated_archive"),
    "a zip of two files": (archive("a.csv", "b.csv"), "not_a_table"),
    "a cut workbook": (XLSX[: len(XLSX) // 2], "unreadable_workbook"),
    "the first bytes of a workbook": (XLSX[:100], "unreadable_workbook"),
    "a damaged workbook": (XLSX[:600] + bytes(400) + XLSX[1000:], "unreadable_workbook"),
    "an old binary workbook, cut": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "unreadable_workbook"),
    "an error page": (f"<html><body><h1>500</h1><p>{PERSON}</p></body></html>".encode(), "not_a_table"),
    "a page with a log-in table": (b"<table><tr><td>User</td><td></td></tr></table>", "header_not_found"),
    "cut JSON": (as_json(GRID)[:-30].encode(), "unreadable_json"),
    "malformed JSON": (('[{"code": "' + PERSON + '", }]').encode(), "unreadable_json"),
    "JSON without a list": (b'{\n"error": {"code": 500}\n}', "not_a_table"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "unknown_encoding"),
    "letters of an old font": (b"\xa8\xb5\xf9\xd6,\xae\xa7\xea" * 40, "unknown_encoding"),
    "no table at all": (f"Kính gửi {PERSON}\n".encode(), "header_not_found"),
    "another table": (f"a,b,c\n{PERSON},2,3\n".encode(), "header_not_found"),
}


@pytest.mark.parametrize("name", CARELESS)
def test_a_careless_delivery_is_refused_with_reason_and_remedy(name: str, read: Read) -> None:
    content, reason = CARELESS[name]
    with pytest.raises(UnreadableFile) as refusal:
        read(content)
    assert refusal.value.reason_code == reason
    assert refusal.value.remedy
    assert PERSON not in str(refusal.value)
    assert load_reasons()[reason].level == "file"


def test_a_real_spreadsheet_program_may_open_what_is_refused_elsewhere(read: Read) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(as_xlsx([("a", "b"), ("1", "2")]))
    assert refusal.value.reason_code == "header_not_found"
