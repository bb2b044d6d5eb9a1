"""One small synthetic province, looked at from all sides: its formats, its faults, its truth."""

import csv
import gzip
import io
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unicodedata import is_normalized, normalize

import fastexcel
import polars as pl
import pytest
from lxml import html

from pipelines.sample import GenerateOptions, GenerateReport, generate
from pipelines.sample.faults import FAULTS
from pipelines.sample.options import parameters

RATING_FAULTS = {"rating_without_dossier", "impossible_score"}
KEY = ["source_system", "dossier_code"]
# What an injected fault must lead to, if no later export of the dossier says better.
FLAG_OF = {
    "conflicting_duplicate": "conflicting_rows",
    "missing_due": "no_due_date",
    "missing_procedure": "no_procedure",
    "missing_agency": "no_agency",
    "missing_end": "closed_without_end",
    "missing_receipt": "no_receipt_date",
    "end_before_receipt": "ends_before_receipt",
    "receipt_in_future": "received_in_future",
    "end_in_future": "finished_in_future",
    "due_before_receipt": "due_before_receipt",
    "receipt_before_application": "received_before_application",
    "unknown_agency": "unknown_agency",
    "unknown_procedure": "unknown_procedure",
    "unmapped_status": "unmapped_status",
    "unmapped_channel": "unmapped_channel",
    "malformed_dossier_code": "malformed_dossier_code",
    "rating_without_dossier": "rating_without_dossier",
}
REASON_OF = {
    "untypable_date": "bad_timestamp",
    "missing_dossier_code": "missing_key",
    "mistyped_year": "date_out_of_range",
    "ragged_line": "ragged_row",
    "impossible_score": "number_out_of_range",
}


@dataclass(frozen=True)
class Province:
    """A generated folder and what was said about it."""

    out: Path
    report: GenerateReport

    def truth(self, name: str) -> pl.DataFrame:
        """A table of the truth."""
        return pl.read_parquet(self.out / "truth" / f"{name}.parquet")

    def content(self, file_name: str, kind: str = "dossiers") -> bytes:
        """An export, unpacked."""
        packed = (self.out / "landing" / kind / file_name).read_bytes()
        return gzip.decompress(packed) if file_name.endswith(".gz") else packed

    def files(self, kind: str, start: str) -> list[str]:
        """Names of exports."""
        names = self.truth("files").filter(pl.col("kind") == kind)["file_name"].to_list()
        return [name for name in names if name.startswith(start)]


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    """March 2024 to September 2025, every fault often."""
    out = tmp_path_factory.mktemp("province")
    rates = dict.fromkeys(FAULTS, 0.01) | dict.fromkeys(RATING_FAULTS, 0.05)
    options = GenerateOptions(dossiers=4_000, first_month="2024-03", last_month="2025-09", fault_rates=rates)
    return Province(out, generate(options, out))


def html_rows(content: bytes) -> list[list[str]]:
    table = html.document_fromstring(content.decode())
    return [[cell.text or "" for cell in row.iter("td", "th")] for row in table.iter("tr")]


def test_every_fault_is_injected(province: Province) -> None:
    faults = set(province.truth("injected")["fault"])
    assert faults == set(parameters("faults")) == set(FAULTS) | RATING_FAULTS
    assert dict(province.report.faults) == dict(Counter(province.truth("injected")["fault"]))


def test_every_fault_leads_to_its_flag_or_its_quarantine(province: Province) -> None:
    injected, flags = province.truth("injected"), province.truth("flags")
    quarantine = province.truth("quarantine")
    found = {
        fault: injected.filter(pl.col("fault") == fault)
        .join(flags.filter(pl.col("rule_id") == rule), on=KEY, how="semi")
        .height
        for fault, rule in FLAG_OF.items()
    }
    assert all(found.values()), found
    for fault, reason in REASON_OF.items():
        struck = injected.filter(pl.col("fault") == fault).select("file_name", "row_number")
        aside = quarantine.filter(pl.col("reason_code") == reason).select("file_name", "row_number")
        assert struck.sort("file_name", "row_number").equals(aside.sort("file_name", "row_number")), fault
    assert set(FLAG_OF) | set(REASON_OF) | {"exact_repeat"} == set(FAULTS) | RATING_FAULTS


def test_faults_of_rows_are_flagged_whatever_is_delivered_later(province: Province) -> None:
    flags = province.truth("flags")
    for fault in ("unmapped_status", "unmapped_channel", "malformed_dossier_code", "conflicting_duplicate"):
        struck = province.truth("injected").filter(pl.col("fault") == fault)
        flagged = struck.join(flags.filter(pl.col("rule_id") == FLAG_OF[fault]), on=KEY, how="semi")
        assert flagged.height == struck.height > 0, fault


def test_every_file_reconciles(province: Province) -> None:
    files = province.truth("files")
    parts = pl.col("rows_accepted") + pl.col("rows_quarantined") + pl.col("rows_repeated")
    assert files.filter(parts != pl.col("rows_read")).is_empty()
    assert files["rows_repeated"].sum() == province.report.faults["exact_repeat"]
    delivered = {path.name for path in (province.out / "landing").rglob("*") if path.is_file()}
    petitions, others = province.truth("petition_files"), province.truth("electronic_files")
    assert others.filter(parts != pl.col("rows_read")).is_empty()
    assert delivered == {*files["file_name"], *petitions["file_name"], *others["file_name"]}
    assert province.report.files == files.height + petitions.height + others["file_name"].n_unique()


def test_without_faults_nothing_but_lateness_is_flagged(tmp_path: Path) -> None:
    none = dict.fromkeys(parameters("faults"), 0.0)
    options = GenerateOptions(dossiers=3_000, first_month="2024-11", last_month="2025-08", fault_rates=none)
    report = generate(options, tmp_path)
    assert (report.dossiers, dict(report.faults)) == (3_000, {})
    flags = pl.read_parquet(tmp_path / "truth" / "flags.parquet")
    assert set(flags["rule_id"]) == {"open_past_due", "closed_past_due", "due_beyond_limit"}
    dossiers = pl.read_parquet(tmp_path / "truth" / "dossiers.parquet")
    assert dossiers.filter(pl.col("agency_code") == "unmapped").is_empty()
    assert dossiers["procedure_code"].null_count() == 0
    late = dossiers.filter(pl.col("outcome_strict").is_in(["late", "open_late"])).height
    assert 0.03 < late / dossiers.height < 0.11


def test_a_quarantined_last_word_leaves_the_word_before(province: Province) -> None:
    quarantine = province.truth("injected").join(
        province.truth("quarantine"), on=["file_name", "row_number"], how="semi"
    )
    known = province.truth("dossiers")
    again = quarantine.filter(pl.col("dossier_code").is_not_null()).join(known, on=KEY, how="inner")
    assert again.height > 0
    assert again.filter(pl.col("received_at").dt.year() < 2023).is_empty()


def test_the_tan_dan_list_looks_as_the_software_prints_it(province: Province) -> None:
    name = "Danh sách hồ sơ 1_5_2024 7_30.xls.gz"
    rows = html_rows(province.content(name))
    header = next(position for position, row in enumerate(rows) if row[0] == "STT")
    assert rows[header] == [
        "STT", "Đơn vị tiếp nhận", "Tên thủ tục hành chính", "Mã hồ sơ", "Trạng thái", "Địa chỉ",
        "Người nộp", "Chủ hồ sơ", "Ngày nộp hồ sơ", "Ngày nhận", "Ngày hẹn trả", "Ngày kết thúc xử lý",
    ]  # fmt: skip
    assert rows[header - 1] == ["(Từ ngày 01/04/2024 đến ngày 30/04/2024)"]
    assert rows[header + 1][0].startswith("UBND huyện ")
    assert rows[-2][0] == "Tổng số"
    assert rows[-1] == ["Người lập biểu", "Thủ trưởng đơn vị"]
    truth = province.truth("files").row(by_predicate=pl.col("file_name") == name, named=True)
    assert len(rows) == truth["rows_read"] + truth["rows_not_records"]
    records = [row for row in rows if len(row) == 12 and row[0] != "STT"]
    assert len(records) == truth["rows_read"]
    assert datetime.strptime(records[0][8], "%d/%m/%Y %H:%M:%S").year == 2024


def test_row_numbers_of_the_truth_point_at_the_records(province: Province) -> None:
    struck = province.truth("injected").filter(
        pl.col("dossier_code").is_not_null() & pl.col("file_name").str.starts_with("Danh sách")
    )
    assert struck.height > 20
    for name in struck["file_name"].unique():
        rows = html_rows(province.content(name))
        for row in struck.filter(pl.col("file_name") == name).iter_rows(named=True):
            assert rows[row["row_number"] - 1][3] == row["dossier_code"]


def test_one_list_is_written_in_decomposed_letters(province: Province) -> None:
    march = province.content("Danh sách hồ sơ 1_4_2024 7_30.xls.gz").decode()
    april = province.content("Danh sách hồ sơ 1_5_2024 7_30.xls.gz").decode()
    assert is_normalized("NFD", march)
    assert not is_normalized("NFD", april)
    assert not is_normalized("NFC", april)  # some names are decomposed in every list


def test_names_come_in_the_spellings_portals_mix(province: Province) -> None:
    names = {
        row[1]
        for name in province.files("dossiers", "Danh")
        for row in html_rows(province.content(name))
        if row[1:]
    }
    assert any("Ð" in name for name in names)
    assert {"UBND thị xã Thái Hoà", "UBND thị xã Thái Hòa"} & {normalize("NFC", name) for name in names}


def igate_elements(province: Province) -> list[dict[str, Any]]:
    names = sorted(province.files("dossiers", "igate"))
    return [element for name in names for element in json.loads(province.content(name))["content"]]


def test_igate_stamps_are_utc(province: Province) -> None:
    elements = igate_elements(province)
    last = {element["code"]: element["appointmentDate"] for element in elements}
    untouched = province.truth("dossiers").join(province.truth("injected"), on=KEY, how="anti")
    dues = untouched.filter(pl.col("source_system") == "nghean_igate").select("dossier_code", "due_at")
    wrong = [
        (code, due, last[code])
        for code, due in dues.drop_nulls().iter_rows()
        if last[code] != f"{due - timedelta(hours=7):%Y-%m-%dT%H:%M:%S}.000+0000"
    ]
    assert wrong == []
    assert dues.height > 300
    # an application before seven in the morning: in UTC it lies on the day before
    assert any(element["appliedDate"][11:13] == "23" for element in elements)
    assert all(element["applicant"]["data"]["identityNumber"].startswith("999") for element in elements)


def test_igate_names_are_lists_by_language(province: Province) -> None:
    [element, *_] = json.loads(province.content("igate-ho-so 20240601T003000.json.gz"))["content"]
    for names in (
        element["procedure"]["translate"],
        element["procedure"]["sector"]["name"],
        element["agency"]["parent"]["name"],
        element["applyMethod"]["name"],
        element["dossierStatus"]["name"],
    ):
        assert [name["languageId"] for name in names] == [228]
    assert element["agency"]["parent"]["code"].startswith("H41.")


def test_the_land_register_comes_in_four_encodings(province: Province) -> None:
    march = province.content("so-ho-so-dat-dai 2024-04-01.csv.gz")
    with pytest.raises(UnicodeDecodeError):
        march.decode()
    assert normalize("NFC", march.decode("cp1258")).startswith("STT,Mã hồ sơ,Mã TTHC")
    assert province.content("so-ho-so-dat-dai 2024-10-01.csv.gz")[:2] == b"\xff\xfe"
    assert province.content("so-ho-so-dat-dai 2024-07-01.csv.gz")[:3] == b"\xef\xbb\xbf"
    assert province.content("so-ho-so-dat-dai 2024-05-01.csv.gz")[:3] == b"STT"


def test_the_land_register_is_csv_but_for_its_ragged_lines(province: Province) -> None:
    ragged = province.truth("quarantine").filter(pl.col("reason_code") == "ragged_row")
    multiline = 0
    for name in province.files("dossiers", "so-ho-so"):
        content = province.content(name)
        encoding = "utf-16" if "2024-10" in name else "cp1258" if "2024-04" in name else "utf-8-sig"
        text = content.decode(encoding)
        reader = csv.reader(io.StringIO(text, newline=""))
        width, line, wrong = len(next(reader)), reader.line_num, []
        for record in reader:
            if len(record) != width:
                wrong.append(line + 1)
            multiline += reader.line_num - line > 1
            line = reader.line_num
        assert wrong == ragged.filter(pl.col("file_name") == name)["row_number"].to_list()
    assert multiline > 5


def test_promises_of_the_land_offices_had_no_time_of_day_before_march_2025(province: Province) -> None:
    def dues(name: str) -> set[int]:
        text = province.content(name).decode("utf-8-sig")
        return {len(row["Ngày hẹn trả"]) for row in csv.DictReader(io.StringIO(text, newline=""))}

    assert dues("so-ho-so-dat-dai 2024-06-01.csv.gz") <= {0, 10}
    assert 16 in dues("so-ho-so-dat-dai 2025-06-01.csv.gz")
    assert "Hạn xử lý" in province.content("so-ho-so-dat-dai 2025-08-01.csv.gz").decode("utf-8-sig")


def test_ratings_are_a_workbook_with_ticks_under_agencies(province: Province) -> None:
    name = "Đánh giá hài lòng 1_7_2024 8_00.xlsx"
    sheet = fastexcel.read_excel(province.content(name, "ratings")).load_sheet(
        0, header_row=None, dtypes="string"
    )
    rows = sheet.to_polars().rows()
    assert rows[2][0] == "(Từ ngày 01/04/2024 đến ngày 30/06/2024)"
    assert rows[3][:3] == ("TT", "Hồ sơ", "Chỉ số 1")
    assert rows[4][10:] == ("Không HL", "HL", "Rất HL")
    truth = province.truth("files").row(by_predicate=pl.col("file_name") == name, named=True)
    assert len(rows) == truth["rows_read"] + truth["rows_not_records"]
    records = [row for row in rows[5:-2] if row[1] and row[0] != row[1]]
    assert len(records) == truth["rows_read"] > 10
    assert all(row[10:].count("x") == 1 for row in records)


def test_ratings_without_a_dossier_are_those_no_accepted_row_knows(province: Province) -> None:
    flagged = province.truth("flags").filter(pl.col("rule_id") == "rating_without_dossier")
    assert flagged.join(province.truth("dossiers"), on=KEY, how="semi").is_empty()
    assert flagged.height >= province.report.faults["rating_without_dossier"]


def test_people_are_nobody_and_come_again(province: Province) -> None:
    persons = province.truth("people")
    assert set(persons["name"].str.extract(r"^(.+?) \S+ \S+$").unique()) <= set(
        parameters("people")["family"]
    )
    assert persons["id_number"].str.contains(r"^999\d{9}$").all()
    assert persons["phone"].str.contains(r"^0955\d{6}$").all()
    assert persons.height < 0.8 * province.report.dossiers


def test_no_person_stands_in_the_rest_of_the_truth(province: Province) -> None:
    persons = province.truth("people")
    secrets = set(persons["name"]) | set(persons["id_number"]) | set(persons["phone"])
    for path in (province.out / "truth").glob("*.parquet"):
        if path.stem != "people":
            texts = pl.read_parquet(path).select(pl.col(pl.String)).unpivot()["value"].drop_nulls()
            assert secrets.isdisjoint(texts), path.stem


def test_supplements_move_the_promise_by_the_time_the_citizen_took(province: Province) -> None:
    done = province.truth("supplements").filter(pl.col("completed_at").is_not_null())
    assert set(done["ordinal"]) == {1, 2}
    moved = done["due_after_at"] - done["due_before_at"]
    assert (moved >= timedelta(days=1)).all()
    assert (done["completed_at"] > done["requested_at"]).all()


def test_a_limit_on_agencies_is_kept(tmp_path: Path) -> None:
    options = GenerateOptions(
        dossiers=400, first_month="2025-08", last_month="2025-09", agencies=3, formats=("nghean_tandan",)
    )
    generate(options, tmp_path)
    assert {path.name for path in (tmp_path / "landing").iterdir()} == {"dossiers"}
    agencies = set(pl.read_parquet(tmp_path / "truth" / "dossiers.parquet")["agency_code"]) - {"unmapped"}
    assert len(agencies) == 3


def test_the_report_reads_as_sentences(province: Province) -> None:
    text = str(province.report)
    assert "dossiers in" in text
    assert "missing_due" in text
