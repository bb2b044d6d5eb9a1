"""The rule file loads, and says what is wrong with entry and remedy."""

import unicodedata
from pathlib import Path

import pytest
import yaml

from pipelines.quality.rules import RULES_FILE, RuleProblem, load_rules
from pipelines.quality.statements import failing_rows, failing_subjects

# Fixed names that flags, truth files and published tables share.
RULE_IDS = {
    *("open_past_due", "closed_past_due"),
    *("no_due_date", "no_receipt_date", "no_procedure", "no_agency", "closed_without_end"),
    *("ends_before_receipt", "received_in_future", "finished_in_future", "due_before_receipt"),
    *("received_before_application", "due_beyond_limit", "unknown_agency", "unknown_procedure"),
    *("unmapped_status", "unmapped_channel", "malformed_dossier_code", "conflicting_rows"),
    *("rating_without_dossier", "unmapped_satisfaction"),
}
# Shown as checks only: a flag is about a dossier or a rating.
PETITION_RULES = {
    *("petition_open_past_due", "petition_without_date", "petition_ends_before_sent"),
    *("petition_shown_before_answer", "unmapped_petition_status"),
}

RELATIONS = {"core.facts": {"suite": "facts", "subject": "dossier", "first_seen": "a", "last_seen": "b"}}
RULE = {
    "title_vi": "Quá hẹn",
    "title_en": "Late",
    "group": "late",
    "severity": "warning",
    "relation": "core.facts",
    "condition": "is_late",
    "what_to_do_vi": "Sửa",
    "what_to_do_en": "Mend it.",
    "source": "House rule",
}


def book_of(folder: Path, **changes: object) -> Path:
    entry = {key: value for key, value in {**RULE, **changes}.items() if value is not None}
    path = folder / "rules.yaml"
    path.write_text(
        yaml.safe_dump({"relations": RELATIONS, "rules": {"late": entry}}, allow_unicode=True), "utf-8"
    )
    return path


def test_the_shipped_rules_have_every_name_the_rest_of_the_product_relies_on():
    book = load_rules()
    assert set(book.rules) >= RULE_IDS
    assert {r.rule_id for r in book.rules.values() if book.raises_flags(r)} == RULE_IDS


def test_what_the_shipped_rules_say_is_composed_vietnamese():
    text = RULES_FILE.read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert {rule.title_vi for rule in load_rules().rules.values()}.isdisjoint({""})


def test_only_rules_that_would_make_a_figure_wrong_block_publishing():
    blocking = {rule.rule_id for rule in load_rules().rules.values() if rule.blocking}
    assert blocking == set(load_rules().rules) - RULE_IDS - PETITION_RULES


def test_shipped_patterns_keep_to_what_both_engines_and_great_expectations_read():
    for rule in load_rules().rules.values():
        assert "\\" not in (rule.condition or "") + rule.rows + rule.scope, rule.rule_id
        assert "(?:" not in (rule.condition or ""), rule.rule_id


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"what_to_do_en": None}, "rules.late.what_to_do_en: Field required → add it"),
        ({"severty": "info"}, "rules.late.severty: Extra inputs are not permitted → correct the spelling"),
        ({"group": "wrong"}, "rules.late.group: Input should be 'late', 'incomplete'"),
        (
            {"relation": "core.other"},
            "relation 'core.other' is not listed under `relations` → use one of core.facts",
        ),
        ({"condition": None}, "give exactly one of condition and must → correct it"),
        ({"blocking": True}, "only a critical rule may block publishing"),
        ({"condition": None, "must": {"column": "k", "be": "in_set"}}, "give `values` with `be: in_set`"),
        ({"condition": None, "must": {"column": "k", "be": "unique"}, "scope": "x"}, "takes no scope"),
        ({"tolerated": {"pct": 120, "since": "2026-01-01", "reason": "r", "source": "s"}}, "tolerated.pct"),
    ],
)
def test_a_wrong_entry_is_named_with_its_remedy(tmp_path: Path, changes: dict[str, object], said: str):
    path = book_of(tmp_path, **changes)
    with pytest.raises(RuleProblem) as refusal:
        load_rules(path)
    assert said in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_a_rule_given_twice_is_refused_instead_of_silently_replaced(tmp_path: Path):
    path = book_of(tmp_path)
    text = path.read_text("utf-8")
    path.write_text(text + text[text.index("  late:") :], "utf-8")
    with pytest.raises(RuleProblem, match="'late' is given twice"):
        load_rules(path)


@pytest.mark.parametrize("text", ["", "rules: {}", "relations: {}\nrules: [", "- a list"])
def test_a_file_that_is_no_rule_book_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "rules.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(RuleProblem, match=r"rules\.yaml"):
        load_rules(path)


def test_a_rule_says_once_what_fails_and_both_statements_use_it(tmp_path: Path):
    book = load_rules(book_of(tmp_path, scope="is_open"))
    rule = book.rules["late"]
    for statement in (failing_subjects(book, rule, "core.facts"), failing_rows(book, rule, "core.facts")):
        assert "coalesce((is_late), false) as is_failing from reshaped where is_open" in statement
