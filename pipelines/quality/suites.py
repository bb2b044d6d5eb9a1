"""The rules as Great Expectations suites, run inside DuckDB, and the verdict on each.

Here: building and running the suites; a verdict a rule, with a sentence that says what to do.
Not here: the rules (`rules.yaml`), the flags (`flags.py`), how a verdict looks in Dagster (`checks.py`).
Explained in docs/data-team.md, "Expectations". Great Expectations takes 7 s to import, so it is
imported inside `run` only. Both ways of evaluating a rule must agree, or the rule counts as broken.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.errors import Refusal
from pipelines.quality.flags import Count
from pipelines.quality.rules import Rule, RuleBook
from pipelines.quality.statements import failing_rows
from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse

MOST_SAMPLES = 20
# What the engine says about names in our SQL holds no data; a failed cast would echo a cell.
_HARMLESS = re.compile(r"(?:Binder|Catalog|Parser) Error: [^\n]*")


class FlagsMissing(Refusal):
    """The suites were run before the flags were written."""


@dataclass(frozen=True)
class RuleResult:
    """The verdict on one rule.

    Attributes:
        severity: as the rule says; `critical` if the rule could not be evaluated.
        failing_count: subjects (dossiers, ratings) or rows that break the rule.
        checked_count: how many the rule applies to.
        failing_pct: 0 to 100; None when nothing was checked.
        sample_keys: at most 20 keys of failing rows; nothing else of a row is ever shown.
        message: one sentence on the outcome, one on what to do.
        error: why the rule could not be evaluated; None if it was.
    """

    rule_id: str
    suite: str
    severity: str
    blocking: bool
    passed: bool
    failing_count: int | None
    checked_count: int | None
    failing_pct: float | None
    tolerated_pct: float
    sample_keys: tuple[str, ...]
    message: str
    error: str | None = None


@dataclass(frozen=True)
class _Finding:
    """What Great Expectations says about one rule."""

    failing: int | None
    sample_keys: tuple[str, ...]
    error: str | None


def run(settings: Settings, book: RuleBook) -> list[RuleResult]:
    """Validate every suite against a warehouse whose flags have been written.

    The files are opened read-only and every connection is closed on return.

    Raises:
        FlagsMissing: when `quality.expectation_results` is not there or is of other rules.
    """
    written, judged, night = _written(settings, book)
    findings = _validate(settings, book, night=night)
    return [
        _verdict(book, rule, findings[rule.rule_id], written[rule.rule_id], judged[rule.rule_id])
        for rule in book.rules.values()
    ]


def _written(
    settings: Settings, book: RuleBook
) -> tuple[Mapping[str, Count], Mapping[str, int | None], bool]:
    """Counts over the whole warehouse, failing among what the last run judged, whether it was a night."""
    with open_warehouse(settings, read_only=True) as con:
        try:
            rows = con.execute(
                "select rule_id, checked_count, failing_count from quality.expectation_results"
            ).fetchall()
            judged = con.execute(
                "select rule_id, failing_count, is_night from intermediate.judged_rules"
            ).fetchall()
        except duckdb.CatalogException:
            rows = judged = []
    if {row[0] for row in rows} != set(book.rules) or {row[0] for row in judged} != set(book.rules):
        raise FlagsMissing(
            f"the flags in {settings.analytics} are missing or of other rules → write the flags first"
        )
    return (
        {rule_id: Count(checked, failing) for rule_id, checked, failing in rows},
        {rule_id: failing for rule_id, failing, _ in judged},
        any(is_night for _, _, is_night in judged),
    )


def _validate(settings: Settings, book: RuleBook, *, night: bool) -> dict[str, _Finding]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx  # noqa: PLC0415 (7 s)

    from pipelines.quality.gx_dialect import URL, closing_connections  # noqa: PLC0415

    findings: dict[str, _Finding] = {}
    with closing_connections():
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False, "metric_calculations": False}
        files = {"database": str(settings.warehouse), "readers": str(settings.analytics)}
        arguments = {"connect_args": {**files, "read_only": True}}
        source = context.data_sources.add_sql(
            "warehouse", connection_string=URL, kwargs={**arguments, "pool_reset_on_return": None}
        )
        for name, relations in book.suites().items():
            for relation, rules in relations.items():
                # A query, because reflecting a DuckDB table in a schema fails.
                judged = book.batch(relation, night=night)
                asset = source.add_query_asset(relation, query=f"select * from {judged}")  # noqa: S608
                suite = context.suites.add(gx.ExpectationSuite(name=f"{name}: {relation}"))
                for rule in rules:
                    suite.add_expectation(_expectation(book, rule))
                batch = asset.add_batch_definition_whole_table("whole").get_batch()
                outcome = batch.validate(suite, result_format={"result_format": "COMPLETE"})
                findings |= dict(_read(book, outcome.results))
    return findings


def _expectation(book: RuleBook, rule: Rule) -> Any:
    import great_expectations.expectations as gxe  # noqa: PLC0415 (7 s)

    common = {"severity": rule.severity, "meta": {"rule_id": rule.rule_id}, "description": rule.title_en}
    if rule.must is None:
        statement = failing_rows(book, rule, "BATCH").replace("{", "{{").replace("}", "}}")
        return gxe.UnexpectedRowsExpectation(
            unexpected_rows_query=statement.replace("BATCH", "{batch}", 1), **common
        )
    column = rule.must.column
    if rule.must.be == "not_null":
        return gxe.ExpectColumnValuesToNotBeNull(column=column, **common)
    if rule.must.be == "unique":
        return gxe.ExpectColumnValuesToBeUnique(column=column, **common)
    return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(rule.must.values), **common)


def _read(book: RuleBook, results: Sequence[Any]) -> Iterator[tuple[str, _Finding]]:
    for result in results:
        rule = book.rules[result.expectation_config.meta["rule_id"]]
        found = result.result or {}
        if not found:
            yield rule.rule_id, _Finding(None, (), _error(result.exception_info or {}))
            continue
        # Over no rows at all Great Expectations counts None instead of 0.
        failing = found.get("observed_value", found.get("unexpected_count")) or 0
        key = book.relation_of(rule).key
        rows = found.get("details", {}).get("unexpected_rows", [])
        keys = [str(row[key]) for row in rows if row.get(key)] if rule.shows_keys else []
        yield rule.rule_id, _Finding(int(failing), tuple(keys[:MOST_SAMPLES]), None)


def _error(exception_info: Mapping[str, Any]) -> str:
    harmless = _HARMLESS.search(str(exception_info).replace("\\n", "\n"))
    return harmless.group() if harmless else "the statement failed; run it by hand to see why"


def _verdict(book: RuleBook, rule: Rule, finding: _Finding, whole: Count, judged: int | None) -> RuleResult:
    error = finding.error
    if error is None and finding.failing != judged:
        error = (
            f"two ways of counting disagree: expectation {finding.failing}, flags {judged}; "
            "the data changed in between, or the rule is ambiguous"
        )
    count = Count(whole.checked, None if error else whole.failing)
    passed = count.passes(rule.tolerated_pct)
    return RuleResult(
        rule_id=rule.rule_id,
        suite=book.relation_of(rule).suite,
        severity="critical" if error else rule.severity,
        blocking=rule.blocking,
        passed=passed,
        failing_count=count.failing,
        checked_count=count.checked,
        failing_pct=count.failing_pct,
        tolerated_pct=rule.tolerated_pct,
        sample_keys=finding.sample_keys,
        message=_message(rule, count, passed, error),
        error=error,
    )


def _message(rule: Rule, count: Count, passed: bool, error: str | None) -> str:
    if error:
        return f"Rule {rule.rule_id} could not be evaluated: {error}. Correct the rule or the model it reads."
    outcome = f"{rule.title_vi}: {count.failing:,} / {count.checked:,}"
    if count.failing_pct is not None:
        outcome += f" ({count.failing_pct:.2f} %, tolerated {rule.tolerated_pct:g} %)"
    return f"{outcome}." if passed and not count.failing else f"{outcome}. {rule.what_to_do_en}"
