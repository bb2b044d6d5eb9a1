"""What the contract loader accepts, and that every mistake names file, line and remedy."""

import shutil
from pathlib import Path

import pytest

from pipelines.contracts import ContractError, load_catalogue, load_reasons
from pipelines.settings import PROJECT_ROOT

CONTRACTS = PROJECT_ROOT / "pipelines" / "contracts"
MINIMAL = """\
source: test_portal
kind: dossiers
title: A test
system: {code: test, name: Test, time_zone: Asia/Ho_Chi_Minh}
recognise: {headers: [Mã]}
observed_at: {file_name: '(\\d{8})', format: '%Y%m%d'}
columns:
  dossier_code: Mã
  due_at: Hẹn trả
dates: ['%d/%m/%Y']
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONTRACTS / "kinds", tmp_path / "kinds")
    (tmp_path / "sources").mkdir()
    return tmp_path


def problems_of(folder: Path, text: str) -> list[str]:
    (folder / "sources" / "test_portal.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as raised:
        load_catalogue([folder])
    return [str(problem) for problem in raised.value.problems]


def test_the_shipped_contracts_are_valid() -> None:
    catalogue = load_catalogue([CONTRACTS])
    assert set(catalogue.kinds) == {
        "dossiers",
        "ratings",
        "procedures",
        "procedure_limits",
        "agencies",
        "agency_successions",
        "published_scores",
        "processing_log",
        "petitions",
        "published_statistics",
        "published_indices",
        "payments",
        "supplements",
        "digitisation",
        "digitisation_statistics",
        "targets",
        "focus_units",
        "reform_tasks",
        "reform_task_statuses",
        "inspections",
        "dialogues",
        "apologies",
        "self_evaluations",
    }
    assert {s.source for s in catalogue.sources_of("dossiers")} == {
        "boston311_animal",
        "igate_dossiers",
        "moha_dossiers",
        "national_sync",
        "nghean_dossier_csv",
        "nghean_one_stop",
        "opencps_dossiers",
        "tandan_detail_statistics",
        "tandan_dossier_list",
        "tandan_late_closed",
        "tandan_late_open",
        "tandan_late_receipt",
        "tandan_register_book",
        "wabo_receipt",
    }


def test_a_minimal_source_is_enough(folder: Path) -> None:
    (folder / "sources" / "test_portal.yaml").write_text(MINIMAL, encoding="utf-8")
    catalogue = load_catalogue([folder])
    assert catalogue.system_of(catalogue.sources["test_portal"]).time_zone == "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize(
    ("change", "line", "says", "remedy"),
    [
        (("kind: dossiers", "kind: dosiers"), 2, "no kind 'dosiers'", "use one of"),
        (("title: A test", "titel: A test"), 3, "no word this contract knows", "correct the spelling"),
        (("Asia/Ho_Chi_Minh", "Asia/Vinh"), 4, "is no time zone", "correct the value"),
        (("  due_at: Hẹn trả", "  due_date: Hẹn trả"), 9, "no column 'due_date'", "use one of"),
        (("  dossier_code: Mã\n", ""), 7, "'dossier_code' must be mapped", "add `dossier_code"),
        (("  due_at: Hẹn trả", "  due_at: MÃ"), 9, "already feeds 'dossier_code'", "one column only"),
        (("dates: ['%d/%m/%Y']\n", ""), 9, "no `dates`", "add dates"),
        (("(\\d{8})", "\\d{8}"), 6, "exactly one (group)", "correct the value"),
        (("kind: dossiers", "kind: [dossiers"), 3, "no valid YAML", "correct the indentation"),
    ],
)
def test_a_mistake_names_file_line_and_remedy(
    folder: Path, change: tuple[str, str], line: int, says: str, remedy: str
) -> None:
    found = problems_of(folder, MINIMAL.replace(*change))
    assert any(f"test_portal.yaml:{line}:" in p and says in p and remedy in p for p in found), found


def test_a_ticked_title_may_feed_another_column_too(folder: Path) -> None:
    text = MINIMAL.replace(
        "  due_at", "  status_code: {ticked: {Ngày trả: returned}}\n  returned_at: Ngày trả\n  due_at"
    )
    (folder / "sources" / "test_portal.yaml").write_text(text, encoding="utf-8")
    assert load_catalogue([folder]).sources["test_portal"].headers_of("returned_at") == ("Ngày trả",)


def test_a_word_outside_the_vocabulary_is_named(folder: Path) -> None:
    found = problems_of(
        folder,
        MINIMAL.replace("  due_at", "  status_code: TT\n  due_at") + "values:\n  status_code: {Xong: done}\n",
    )
    assert any("'done' is no word of 'status_code'" in p and ":13:" in p for p in found), found


SHEETS = """\
sheets:
  Tháng 1: {channel_code: direct}
  Tháng 2: {channel_code: online}
"""


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("channel_code: online", "chanel_code: online"), 11, "no column 'chanel_code'"),
        (("channel_code: online", "channel_code: onlin"), 11, "'onlin' is no word of 'channel_code'"),
        (("sheets:", "constants: {channel_code: direct}\nsheets:"), 12, "given for all sheets already"),
    ],
)
def test_a_mistake_in_a_sheet_names_file_line_and_remedy(
    folder: Path, change: tuple[str, str], line: int, says: str
) -> None:
    text = MINIMAL.replace("dates: ['%d/%m/%Y']\n", "").replace("  due_at: Hẹn trả\n", "")
    found = problems_of(folder, text + SHEETS.replace(*change))
    assert any(f"test_portal.yaml:{line}:" in p and says in p for p in found), found


def test_what_every_sheet_tells_counts_as_mapped(folder: Path) -> None:
    text = MINIMAL.replace("  dossier_code: Mã\n", "")
    told = "sheets:\n  Một: {dossier_code: A-1}\n  Hai: {dossier_code: A-2}\n"
    (folder / "sources" / "test_portal.yaml").write_text(text + told, encoding="utf-8")
    assert load_catalogue([folder]).sources["test_portal"].sheets["Hai"] == {"dossier_code": "A-2"}
    found = problems_of(folder, text + told.replace("{dossier_code: A-2}", "{}"))
    assert any("'dossier_code' must be mapped" in p for p in found), found


FEEDS = """\
feeds:
  payments:
    records: Phí
    columns: {dossier_code: /Mã, total_vnd: Giá}
    constants: {payment_record_code: fee_line}
"""


def test_a_feed_is_a_source_of_its_own_kind_that_lands_with_its_host(folder: Path) -> None:
    text = MINIMAL.replace("headers: [Mã]", "headers: [Mã], file_name: 'cổng'") + FEEDS
    (folder / "sources" / "test_portal.yaml").write_text(text, encoding="utf-8")
    catalogue = load_catalogue([folder])
    [part] = catalogue.parts_of("payments")
    assert (part.source, part.host, part.records) == ("test_portal_payments", "test_portal", "Phí")
    assert part.recognise.headers == ("/Mã",)
    assert part.system_code == "test"
    assert catalogue.sources_of("payments") == ()
    assert catalogue.parts_by_host("test_portal") == (part,)


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("", ""), 5, "found by the names of its files"),
        (("headers: [Mã]", "headers: [Mã], file_name: x"), None, None),
        (("  payments:", "  dossiers:"), 12, "the source's own kind"),
        (("  payments:", "  paiments:"), 12, "no kind 'paiments'"),
        (("total_vnd: Giá", "totl_vnd: Giá"), 14, "has no column 'totl_vnd'"),
        (("dossier_code: /Mã, ", ""), 14, "'dossier_code' must be mapped"),
        (("fee_line", "fee_lin"), 15, "'fee_lin' is no word of"),
        (("records: Phí", "record: Phí"), 13, "no word this contract knows"),
    ],
)
def test_a_mistake_in_a_feed_names_file_line_and_remedy(
    folder: Path, change: tuple[str, str], line: int | None, says: str | None
) -> None:
    text = (MINIMAL + FEEDS).replace(*change)
    if line is None:
        (folder / "sources" / "test_portal.yaml").write_text(text, encoding="utf-8")
        assert load_catalogue([folder]).parts_of("payments")
        return
    found = problems_of(folder, text)
    assert any(f"test_portal.yaml:{line}:" in p and str(says) in p for p in found), found


def test_a_system_nobody_describes_is_named(folder: Path) -> None:
    text = MINIMAL.replace(
        "system: {code: test, name: Test, time_zone: Asia/Ho_Chi_Minh}", "system: elsewhere"
    )
    assert any("no source describes the system 'elsewhere'" in p for p in problems_of(folder, text))


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    text = MINIMAL.replace("kind: dossiers", "kind: dosiers").replace("title: A test\n", "")
    assert len(problems_of(folder, text)) == 1
    (folder / "sources" / "second.yaml").write_text(
        MINIMAL.replace("test_portal", "second").replace("Mã", "[]")
    )
    assert len(problems_of(folder, text)) >= 2


def test_every_reason_has_a_remedy_that_says_what_to_do() -> None:
    reasons = load_reasons()
    assert {"missing_key", "bad_timestamp", "unknown_source", "no_space"} <= set(reasons)
    assert all(len(reason.remedy) >= 20 and reason.label for reason in reasons.values())
