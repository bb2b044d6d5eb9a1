"""What careless people deliver: each gets a clear reason, the other files go on, nothing is lost."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from pipelines.ingestion.ingest import Ingestion
from pipelines.settings import PROJECT_ROOT, Settings
from tests.conftest import TAN_DAN_HEADER
from tests.deliveries import LAND_HEADER, boston_csv, land_csv, tandan_html

GOOD_ROWS = 3
INGEST = """
from pipelines.ingestion.ingest import Ingestion
from pipelines.settings import Settings
for outcome in Ingestion.of(Settings.load()).run():
    print(outcome.entry.relative_path, outcome.entry.status, outcome.entry.reason_code, outcome.is_recorded)
"""


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncated_xlsx(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    book.add_worksheet().write_row(0, 0, TAN_DAN_HEADER)
    book.close()
    path.write_bytes(path.read_bytes()[:-400])


def error_page(path: Path) -> None:
    path.write_text("<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1><p>nginx</p></body></html>")


def no_table_at_all(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 40)


def unknown_portal(path: Path) -> None:
    path.write_text("so_phieu;ngay;ket_qua\n1;05/01/2025;xong\n", encoding="utf-8")


def swapped_header_rows(path: Path) -> None:
    parents = [
        "",
        "",
        "Hồ sơ",
        "Hồ sơ",
        "",
        "Người nộp",
        "Người nộp",
        "Người nộp",
        "Ngày",
        "Ngày",
        "Ngày",
        "Ngày",
    ]
    rows = [
        TAN_DAN_HEADER,
        parents,
        ["1", "UBND xã A", "Chứng thực", "H41.1-250101-0001", "Đang xử lý", *[""] * 7],
    ]
    cells = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    path.write_text(f"<table>{cells}</table>", encoding="utf-8")


def no_moment_in_name(path: Path) -> None:
    land_csv(path, ["05/01/2025"])


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("empty.xls", empty, "empty_file"),
        ("cut.xlsx", truncated_xlsx, "unreadable_workbook"),
        ("page.xls", error_page, "not_a_table"),
        ("noise.csv", no_table_at_all, "unknown_encoding"),
        ("other.csv", unknown_portal, None),
        ("land.csv", no_moment_in_name, "no_observed_at"),
    ],
)
def test_an_unusable_file_is_refused_with_a_remedy_and_the_others_go_on(
    settings: Settings, ingestion: Ingestion, name: str, make: Callable[[Path], None], reason: str | None
) -> None:
    folder = settings.landing / "dossiers"
    boston_csv(folder / "a_good.csv", GOOD_ROWS)
    make(folder / name)
    boston_csv(folder / "z_good.csv", GOOD_ROWS, first=10)
    outcomes = {o.entry.file_name: o.entry for o in ingestion.run()}
    refused = outcomes.pop(name)
    assert refused.status == "failed"
    assert refused.reason_code == reason or (
        reason is None and refused.reason_code in ("unknown_source", "header_not_found")
    )
    assert refused.remedy
    assert "→" in refused.remedy or len(refused.remedy) > 20
    assert [e.status for e in outcomes.values()] == ["accepted", "accepted"]
    ledger = pl.read_parquet(settings.lake / "_ledger" / "*.parquet")
    assert set(ledger["file_name"]) == {"a_good.csv", name, "z_good.csv"}


def test_swapped_header_rows_are_read_rightly_or_refused_but_never_mixed_up(
    settings: Settings, ingestion: Ingestion
) -> None:
    swapped_header_rows(settings.landing / "dossiers" / "Danh sách 1_2_2025 0_30.xls")
    [outcome] = ingestion.run()
    if outcome.entry.status == "accepted":
        frame = pl.read_parquet(settings.lake / "dossiers" / f"{outcome.entry.file_sha256}.parquet")
        assert frame["dossier_code"].to_list() == ["H41.1-250101-0001"]
        assert frame["agency_name"].to_list() == ["UBND xã A"]
    else:
        assert outcome.entry.reason_code in ("header_not_found", "unknown_source")


def test_ragged_lines_and_an_unclosed_quote_lose_only_themselves(
    settings: Settings, ingestion: Ingestion
) -> None:
    path = settings.landing / "dossiers" / "b 2025-02-01.csv"
    land_csv(path, ["05/01/2025"] * 6)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    lines[2] += ",thừa"
    lines[3] = lines[3].rsplit(",", 3)[0]
    lines[5] = lines[5].replace("Đăng ký", '"Đăng ký')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    [outcome] = ingestion.run()
    entry = outcome.entry
    assert (entry.rows_read, entry.rows_accepted, entry.rows_quarantined) == (6, 3, 3)
    aside = pl.read_parquet(settings.lake / "_quarantine" / "*.parquet").sort("row_number")
    assert aside.select("row_number", "reason_code").rows() == [
        (3, "ragged_row"),
        (4, "ragged_row"),
        (6, "unclosed_quote"),
    ]


def test_a_wrong_encoding_is_read_or_set_aside_but_never_garbled(
    settings: Settings, ingestion: Ingestion
) -> None:
    folder = settings.landing / "dossiers"
    land_csv(folder / "utf16 2025-02-01.csv", ["05/01/2025"])
    text = (folder / "utf16 2025-02-01.csv").read_text(encoding="utf-8-sig")
    (folder / "utf16 2025-02-01.csv").write_bytes(text.encode("utf-16"))
    broken = text.replace("Đăng ký", "Đăng\x00").encode().replace(b"\x00", b"\xff\xfe")
    (folder / "broken 2025-02-02.csv").write_bytes(broken)
    outcomes = {o.entry.file_name[:5]: o.entry for o in ingestion.run()}
    assert (outcomes["utf16"].status, outcomes["utf16"].rows_accepted) == ("accepted", 1)
    assert outcomes["broke"].rows_accepted == 0
    assert outcomes["broke"].rows_quarantined == 1 or outcomes["broke"].reason_code == "unknown_encoding"
    names = pl.read_parquet(settings.lake / "dossiers" / "*.parquet")["procedure_name"].to_list()
    assert names == ["Đăng ký"]


def test_a_row_of_an_unknown_agency_is_accepted(settings: Settings, ingestion: Ingestion) -> None:
    row = ["1", "UBND xã Không Có", "Chứng thực", "H41.1-250101-0001", "Đang xử lý", *[""] * 7]
    tandan_html(settings.landing / "dossiers" / "Danh sách 1_2_2025 0_30.xls", [row])
    [outcome] = ingestion.run()
    assert outcome.entry.rows_accepted == 1


def test_a_header_only_file_is_accepted_with_no_rows(settings: Settings, ingestion: Ingestion) -> None:
    (settings.landing / "dossiers" / "b 2025-02-01.csv").write_text(LAND_HEADER + "\n", encoding="utf-8")
    [outcome] = ingestion.run()
    assert (outcome.entry.status, outcome.entry.rows_read) == ("accepted", 0)


def run_as(prefix: list[str], settings: Settings) -> subprocess.CompletedProcess[str]:
    """Ingest in a process of its own, under a command that takes rights or space away."""
    environment = os.environ | {"DUNGHEN_DATA": str(settings.data), "PYTHONPATH": str(PROJECT_ROOT)}
    return subprocess.run(
        [*prefix, sys.executable, "-c", INGEST],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def without_rights() -> list[str]:
    """The administrator passes over permission bits unless these two capabilities are dropped."""
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


def test_a_file_without_the_right_to_read_is_named_and_the_others_go_on(settings: Settings) -> None:
    folder = settings.landing / "dossiers"
    boston_csv(folder / "a.csv", 2)
    boston_csv(folder / "b.csv", 2, first=10)
    (folder / "a.csv").chmod(0)
    done = run_as(without_rights(), settings)
    assert done.stdout.splitlines() == [
        "dossiers/a.csv failed no_permission True",
        "dossiers/b.csv accepted None True",
    ], done.stderr
    (folder / "a.csv").chmod(0o644)
    again = Ingestion.of(settings).run()
    assert [o.entry.status for o in again] == ["accepted", "accepted"]
    assert pl.read_parquet(settings.lake / "_ledger" / "*.parquet")["status"].to_list() == [
        "accepted",
        "accepted",
    ]


def test_no_right_to_write_is_told_and_nothing_is_half_written(settings: Settings) -> None:
    boston_csv(settings.landing / "dossiers" / "a.csv", 2)
    Ingestion.of(settings).lake.prepare(Ingestion.of(settings).catalogue)
    settings.lake.chmod(0o555)
    for folder in settings.lake.iterdir():
        folder.chmod(0o555)
    done = run_as(without_rights(), settings)
    for folder in (settings.lake, *settings.lake.iterdir()):
        folder.chmod(0o755)
    assert done.returncode != 0
    assert "Permission denied" in done.stderr
    assert [o.entry.status for o in Ingestion.of(settings).run()] == ["accepted"]


def test_a_full_disk_loses_nothing_and_the_next_run_completes(settings: Settings, tmp_path: Path) -> None:
    boston_csv(settings.landing / "dossiers" / "a.csv", 60)
    land_csv(
        settings.landing / "dossiers" / "b 2025-02-01.csv",
        [f"05/01/2025 10:{n % 60:02}" for n in range(60_000)],
    )
    settings.lake.mkdir(parents=True)
    script = tmp_path / "small_disk.sh"
    script.write_text(f'mount -t tmpfs -o size=300k none "{settings.lake}" && "$@"\n')
    done = run_as(["unshare", "--user", "--map-root-user", "--mount", "sh", str(script)], settings)
    assert "dossiers/a.csv accepted None True" in done.stdout, done.stderr
    assert "dossiers/b 2025-02-01.csv failed no_space" in done.stdout, done.stdout + done.stderr
    outcomes = Ingestion.of(settings).run()
    assert {o.entry.status for o in outcomes} == {"accepted"}
    assert pl.read_parquet(settings.lake / "dossiers" / "*.parquet").height == 60_060
