"""Each rule finds exactly what it is about, and Great Expectations counts the same."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.quality.flags import TABLES, write_flags
from pipelines.quality.rules import RuleBook, load_rules
from pipelines.quality.suites import FlagsMissing, run
from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse
from tests.quality_helpers import CUT, DOSSIER, SEEN, add_petitions, add_scores, make_warehouse

LATER = datetime(2026, 10, 15, 8)
DAY = datetime(2026, 9, 1)  # a date without a time of day

# What is changed in a faultless dossier → the rules it then breaks.
CASES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "faultless": ({}, set()),
    "open past due": (
        {"outcome_strict": "open_late", "finished_at": None, "status_code": "processing", "is_closed": False},
        {"open_past_due"},
    ),
    "closed past due": ({"outcome_strict": "late"}, {"closed_past_due"}),
    "accepted without due date": ({"due_at": None, "outcome_strict": "cannot_tell"}, {"no_due_date"}),
    "not accepted, no due date": (
        {"due_at": None, "outcome_strict": "not_applicable", "is_accepted": False},
        set(),
    ),
    "finished, never received": (
        {"received_at": None, "is_accepted": False, "outcome_strict": "not_applicable"},
        {"no_receipt_date"},
    ),
    "withdrawn before receipt": (
        {
            "received_at": None,
            "finished_at": None,
            "status_code": "withdrawn",
            "is_accepted": False,
            "outcome_strict": "not_applicable",
        },
        set(),
    ),
    "status missing, never received": (
        {"received_at": None, "status_code": None, "is_accepted": False, "outcome_strict": "not_applicable"},
        set(),
    ),
    "no procedure": ({"procedure_code": None, "procedure_resolution": "missing"}, {"no_procedure"}),
    "procedure name not found": (
        {"procedure_code": None, "procedure_resolution": "unmatched_name"},
        set(),
    ),
    "no agency": ({"has_delivered_agency": False, "agency_resolution": "missing"}, {"no_agency"}),
    "returned without end": (
        {"finished_at": None, "status_code": "returned", "is_closed": False, "outcome_strict": "cannot_tell"},
        {"closed_without_end"},
    ),
    "ends a minute before receipt": ({"finished_at": datetime(2026, 9, 1, 8, 59)}, {"ends_before_receipt"}),
    "ends on the day of receipt, no time of day": ({"finished_at": DAY, "has_finished_time": False}, set()),
    "due a minute before receipt": ({"due_at": datetime(2026, 9, 1, 8, 59)}, {"due_before_receipt"}),
    "due on the day of receipt, no time of day": ({"due_at": DAY, "has_due_time": False}, set()),
    "promised later than the limit": (
        {"recomputed_due_at": datetime(2026, 9, 9, 17), "due_difference_reason": "padded"},
        {"due_beyond_limit"},
    ),
    "promised later by the wrong calendar": (
        {"recomputed_due_at": datetime(2026, 9, 9, 17), "due_difference_reason": "calendar"},
        {"due_beyond_limit"},
    ),
    "promised earlier by the wrong calendar": (
        {"recomputed_due_at": datetime(2026, 9, 11, 17), "due_difference_reason": "calendar"},
        set(),
    ),
    "promised later, extended": (
        {"recomputed_due_at": datetime(2026, 9, 9, 17), "due_difference_reason": "extension"},
        set(),
    ),
    "promised later, limit unknown": ({"recomputed_due_at": None, "due_difference_reason": None}, set()),
    "received before application": (
        {"applied_at": datetime(2026, 9, 1, 9, 1)},
        {"received_before_application"},
    ),
    "received on the day of application, no time of day": (
        {"received_at": DAY, "has_received_time": False},
        set(),
    ),
    "received in the future": (
        {
            "received_at": LATER,
            "due_at": datetime(2026, 10, 30),
            "finished_at": None,
            "status_code": "received",
        },
        {"received_in_future"},
    ),
    "finished in the future": ({"finished_at": LATER}, {"finished_in_future"}),
    "agency not in the register": ({"agency_resolution": "unknown"}, {"unknown_agency"}),
    "procedure not in the catalogue": ({"procedure_resolution": "unknown"}, {"unknown_procedure"}),
    "a system without registers is taken at its word": (
        {
            "source_system": "elsewhere",
            "agency_resolution": "as_delivered",
            "procedure_resolution": "as_delivered",
        },
        set(),
    ),
}
ROW_CASES: dict[str, tuple[list[dict[str, Any]], set[str]]] = {
    "status once not mapped": (
        [{"status_code": "unmapped"}, {"file_sha256": "f3", "observed_at": LATER}],
        {"unmapped_status"},
    ),
    "channel not mapped": ([{"channel_code": "unmapped"}], {"unmapped_channel"}),
    "status and channel missing": ([{"status_code": None, "channel_code": None}], set()),
    "two rows in one file": ([{}, {"status_code": "processing"}], {"conflicting_rows"}),
    "one row in each of two files": ([{}, {"file_sha256": "f3", "observed_at": LATER}], set()),
}
CODES = {
    "H41.12-260901-0001": True,
    "000.00.53.H48-220921-0099": True,
    "G09.20-20260609-0092637": True,
    "H41": False,
    "h41.12-260901-0001": False,
    "H41.12-260901-001": False,
    "0123456789": False,
}


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rules()


def flags_of(made: Settings, book: RuleBook) -> set[tuple[str, str]]:
    with open_warehouse(made, read_only=False) as con:
        counts = write_flags(con, book)
        assert [rule for rule, count in counts.items() if count.failing is None] == []
        rows = con.execute("select dossier_code, rule_id from quality.flagged_records").fetchall()
    assert len(rows) == len(set(rows))
    return set(rows)


def test_every_rule_about_a_dossier_flags_its_case_and_no_other(tmp_path: Path, book: RuleBook):
    codes = {case: f"H41.12-260901-{number:04d}" for number, case in enumerate(CASES, start=1)}
    dossiers = [{**change, "dossier_code": codes[case]} for case, (change, _) in CASES.items()]
    made = make_warehouse(tmp_path, dossiers)
    expected = {(codes[case], rule) for case, (_, rules) in CASES.items() for rule in rules}
    assert flags_of(made, book) == expected


def test_every_rule_about_accepted_rows_flags_the_dossier_once(tmp_path: Path, book: RuleBook):
    codes = {case: f"H41.12-260901-{number:04d}" for number, case in enumerate(ROW_CASES, start=1)}
    rows = [{**row, "dossier_code": codes[case]} for case, (given, _) in ROW_CASES.items() for row in given]
    made = make_warehouse(tmp_path, [{"dossier_code": c} for c in codes.values()], rows)
    expected = {(codes[case], rule) for case, (_, rules) in ROW_CASES.items() for rule in rules}
    assert flags_of(made, book) == expected


def test_a_dossier_code_is_judged_by_the_national_form_where_a_register_is_kept(
    tmp_path: Path, book: RuleBook
):
    dossiers = [{"dossier_code": code} for code in CODES]
    made = make_warehouse(tmp_path, [*dossiers, {"source_system": "elsewhere", "dossier_code": "x"}])
    assert flags_of(made, book) == {(c, "malformed_dossier_code") for c, good in CODES.items() if not good}


def test_a_rating_without_its_dossier_is_flagged_under_the_agency_of_the_rating(
    tmp_path: Path, book: RuleBook
):
    ratings = [{}, {"dossier_code": "H41.12-260901-0009", "satisfaction_code": "unmapped"}]
    made = make_warehouse(tmp_path, [{}], ratings=ratings)
    flagged = {("H41.12-260901-0009", rule) for rule in ("rating_without_dossier", "unmapped_satisfaction")}
    assert flags_of(made, book) == flagged
    with open_warehouse(made, read_only=False) as con:
        rows = con.execute("select distinct subject, agency_code from quality.flagged_records").fetchall()
    assert rows == [("rating", "17330")]


def test_a_flag_knows_since_when_and_until_when_by_extractions(tmp_path: Path, book: RuleBook):
    late = {"outcome_strict": "open_late", "finished_at": None, "status_code": "received", "is_closed": False}
    seen_late = datetime(2026, 10, 20, 0, 30)
    made = make_warehouse(
        tmp_path,
        [{**late, "open_late_since_at": seen_late}],
        [
            {"channel_code": "unmapped"},
            {"channel_code": "unmapped", "file_sha256": "f3", "observed_at": LATER},
        ],
    )
    flags_of(made, book)
    with open_warehouse(made, read_only=False) as con:
        rows = con.execute(
            "select rule_id, first_seen_at, last_seen_at, agency_code from quality.flagged_records order by 1"
        ).fetchall()
    assert rows == [
        ("open_past_due", seen_late, CUT, "17329"),
        ("unmapped_channel", SEEN, LATER, "17329"),
    ]


def test_writing_flags_again_gives_equal_tables(tmp_path: Path, book: RuleBook):
    made = make_warehouse(tmp_path, [{"outcome_strict": "late"}, {"dossier_code": "x"}])
    with open_warehouse(made, read_only=False) as con:
        seen = []
        for _ in range(2):
            write_flags(con, book)
            seen.append([con.execute(f"select * from quality.{table}").fetchall() for table in TABLES])
    assert seen[0] == seen[1]
    assert len(seen[0][2]) == 2


def test_every_table_and_column_of_the_schema_says_what_it_is(tmp_path: Path, book: RuleBook):
    made = make_warehouse(tmp_path, [{}])
    flags_of(made, book)
    with open_warehouse(made, read_only=False) as con:
        silent = con.execute(
            "select table_name from duckdb_tables() where schema_name = 'quality' and comment is null "
            "union all select table_name || '.' || column_name from duckdb_columns() "
            "where schema_name = 'quality' and comment is null"
        ).fetchall()
    assert silent == []


def faulty_warehouse(folder: Path) -> Settings:
    codes = {case: f"H41.12-260901-{number:04d}" for number, case in enumerate(CASES, start=1)}
    dossiers = [{**change, "dossier_code": codes[case]} for case, (change, _) in CASES.items()]
    return make_warehouse(folder, dossiers, ratings=[{"dossier_code": "H41.12-260901-9999"}])


def test_great_expectations_counts_what_the_flags_say_and_frees_the_file(tmp_path: Path, book: RuleBook):
    made = faulty_warehouse(tmp_path / "a warehouse, 100% $mine")
    flagged = flags_of(made, book)
    results = {result.rule_id: result for result in run(made, book)}
    assert set(results) == set(book.rules)
    assert {r.rule_id: r.error for r in results.values() if r.error} == {}
    for rule_id, result in results.items():
        assert result.failing_count == len([1 for _, rule in flagged if rule == rule_id]), rule_id
        assert len(result.sample_keys) == min(result.failing_count, 20)
        assert set(result.sample_keys) <= {f"{s}:{c}" for c, _ in flagged for s in ("portal", "elsewhere")}
    assert results["open_past_due"].passed is False
    assert "send the written apology" in results["open_past_due"].message
    assert {r.suite for r in results.values()} == {
        "procedure_timeliness",
        "accepted_rows",
        "ledger",
        "petitions",
    }
    with open_warehouse(made, read_only=False) as con:
        con.execute("create table still_writable as select 1 as one")


def test_guards_find_what_would_publish_a_wrong_figure(tmp_path: Path, book: RuleBook):
    made = make_warehouse(
        tmp_path,
        [{}, {}, {"dossier_code": None}, {"dossier_code": "a", "outcome_strict": "punctual"}],
        rows=[{}, {"dossier_code": "a", "observed_at": None}],
        files=[{"rows_read": 5, "rows_accepted": 3, "rows_quarantined": 1}],
    )
    flags_of(made, book)
    blocked = {r.rule_id: r.failing_count for r in run(made, book) if r.blocking and not r.passed}
    assert blocked == {
        "ledger_reconciled": 1,
        "accepted_rows_modelled": 1,
        "dossier_rows_dated": 1,
        "dossier_key_present": 1,
        "dossier_counted_once": 2,
        "strict_outcome_known": 1,
    }


def test_a_published_row_counts_as_modelled_once_whatever_its_indicators(tmp_path: Path, book: RuleBook):
    delivered = {"kind": "published_scores", "file_sha256": "f3", "rows_read": 1, "rows_accepted": 1}
    whole = [{}, {"indicator_id": "timeliness"}, {"indicator_id": "satisfaction"}]
    for name, scores, failing in (("whole", whole, 0), ("lost", whole[1:], 1), ("twice", [{}, {}], 1)):
        made = make_warehouse(tmp_path / name, [], files=[delivered])
        add_scores(made, scores)
        flags_of(made, book)
        results = {result.rule_id: result.failing_count for result in run(made, book)}
        assert results["accepted_rows_modelled"] == failing, name


PETITIONS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "faultless": ({}, set()),
    "open past due": (
        {
            "status_code": "processing",
            "resolved_at": None,
            "published_at": None,
            "resolve_outcome": "open_late",
        },
        {"petition_open_past_due"},
    ),
    "answered late": ({"resolve_outcome": "late"}, set()),
    "no day of sending": ({"sent_at": None, "resolve_outcome": "cannot_tell"}, {"petition_without_date"}),
    "refused the day before": ({"refused_at": datetime(2026, 8, 31, 23)}, {"petition_ends_before_sent"}),
    "answered on the day, an hour earlier": ({"resolved_at": datetime(2026, 9, 1, 7)}, set()),
    "shown the day before": ({"published_at": datetime(2026, 9, 8, 23)}, {"petition_shown_before_answer"}),
    "shown without an answer": ({"resolved_at": None}, {"petition_shown_before_answer"}),
    "status not mapped": ({"status_code": "unmapped"}, {"unmapped_petition_status"}),
    "status missing": ({"status_code": None}, set()),
}


@pytest.mark.parametrize("name", PETITIONS)
def test_each_rule_of_petitions_finds_what_it_is_about(tmp_path: Path, book: RuleBook, name: str):
    changes, expected = PETITIONS[name]
    made = make_warehouse(tmp_path, [{}])
    add_petitions(made, [changes])
    flags_of(made, book)
    failing = {r.rule_id for r in run(made, book) if r.suite == "petitions" and r.failing_count}
    assert failing == expected


def test_a_step_that_was_accepted_and_not_modelled_blocks(tmp_path: Path, book: RuleBook):
    lost = {"kind": "processing_log", "file_sha256": "f3", "rows_read": 1, "rows_accepted": 1}
    made = make_warehouse(tmp_path, [{}], files=[{}, lost])
    flags_of(made, book)
    blocked = {r.rule_id for r in run(made, book) if r.blocking and not r.passed}
    assert blocked == {"accepted_rows_modelled"}


def test_a_rule_that_cannot_be_evaluated_is_an_error_and_no_verdict_on_the_data(
    tmp_path: Path, book: RuleBook
):
    made = make_warehouse(tmp_path, [{"outcome_strict": "late"}])
    with open_warehouse(made, read_only=False) as con:
        con.execute("alter table core.fct_procedure_timeliness drop column applied_at")
        write_flags(con, book)
    results = {result.rule_id: result for result in run(made, book)}
    broken = results["received_before_application"]
    assert (broken.severity, broken.passed, broken.failing_count) == ("critical", False, None)
    assert "applied_at" in str(broken.error)
    assert results["closed_past_due"].failing_count == 1


def test_a_failed_cast_never_echoes_the_cell(tmp_path: Path, book: RuleBook):
    rule = book.rules["no_procedure"].model_copy(update={"condition": "cast(procedure_code as int) = 1"})
    small = RuleBook(book.relations, {rule.rule_id: rule})
    made = make_warehouse(tmp_path, [{"procedure_code": "Nguyễn Văn Thử"}])
    with open_warehouse(made, read_only=False) as con:
        write_flags(con, small)
    result = run(made, small)[0]
    assert result.error
    assert "Nguyễn" not in result.error + result.message


def test_flags_that_no_longer_fit_the_data_are_noticed(tmp_path: Path, book: RuleBook):
    made = make_warehouse(tmp_path, [{}])
    with open_warehouse(made, read_only=False) as con:
        write_flags(con, book)
        con.execute("update core.fct_procedure_timeliness set due_at = null")
    result = {r.rule_id: r for r in run(made, book)}["no_due_date"]
    assert result.error == (
        "two ways of counting disagree: expectation 1, flags 0; the data changed in between, "
        "or the rule is ambiguous"
    )


def test_suites_want_the_flags_of_the_same_rules_first(tmp_path: Path, book: RuleBook):
    made = make_warehouse(tmp_path, [{}])
    with pytest.raises(FlagsMissing, match="write the flags first"):
        run(made, book)


def test_the_keys_of_malformed_codes_are_not_shown(tmp_path: Path, book: RuleBook):
    made = make_warehouse(tmp_path, [{"dossier_code": "012345678901"}])
    flags_of(made, book)
    result = {r.rule_id: r for r in run(made, book)}["malformed_dossier_code"]
    assert (result.failing_count, result.sample_keys) == (1, ())


def test_the_faultless_dossier_of_these_tests_is_faultless(tmp_path: Path, book: RuleBook):
    assert DOSSIER["outcome_strict"] == "on_time"
    assert flags_of(make_warehouse(tmp_path, [{}]), book) == set()
