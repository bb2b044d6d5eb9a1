"""The rules in Dagster: the tables of flags as assets, every expectation as a check.

Here: what Dagster shows of quality, and the one gate before publishing.
Not here: the rules (`rules.yaml`), their evaluation (`flags.py`, `suites.py`).
Explained in docs/data-team.md, "Expectations". Checks judge assets that lie before the flags, and the
flags must be there to judge them, so they cannot block by themselves; the gate on
`quality/expectation_results` does it for all of them.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
import duckdb

from pipelines.quality.flags import TABLES, write_flags
from pipelines.quality.rules import Rule, RuleBook, load_rules
from pipelines.quality.suites import RuleResult, run
from pipelines.resources import OWNERS, WriterLock
from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse
from pipelines.warehouse.runs import finish, is_night_running

GATE = "publishing_is_safe"
RESULTS_KEY = dg.AssetKey(["quality", "expectation_results"])


def quality_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The tables of the schema `quality`, written after the models and before publishing."""
    book = load_rules()
    judged = sorted({_asset_key(rule.relation) for rule in book.rules.values()})
    also_read = [dg.AssetKey(["core", "fct_satisfaction"]), dg.AssetKey(["core", "dim_agency"])]

    @dg.multi_asset(
        name="flags",
        specs=[
            dg.AssetSpec(
                dg.AssetKey(["quality", table]),
                deps=[*judged, *also_read],
                group_name="quality",
                kinds={"duckdb"},
                owners=OWNERS,
                description=comment,
            )
            for table, (comment, _) in TABLES.items()
        ],
    )
    def flags(writer: WriterLock) -> Iterator[dg.MaterializeResult[Any]]:  # noqa: ARG001
        with open_warehouse(settings, read_only=False) as con:
            write_flags(con, book, night=is_night_running(settings))
            for table in TABLES:
                [(count,)] = con.execute(f"select count(*) from quality.{table}").fetchall()  # noqa: S608
                metadata: dict[str, dg.MetadataValue] = {"dagster/row_count": dg.MetadataValue.int(count)}
                if table == "flagged_records":
                    metadata["by_rule"] = dg.MetadataValue.md(_by_rule(con))
                yield dg.MaterializeResult(asset_key=dg.AssetKey(["quality", table]), metadata=metadata)

    return [flags]


def quality_checks(settings: Settings) -> list[dg.AssetChecksDefinition]:
    """Every rule as a check on what it judges, and the gate that lets a build be published."""
    book = load_rules()
    gate = dg.AssetCheckSpec(
        GATE,
        asset=RESULTS_KEY,
        blocking=True,
        description="No blocking rule fails and every rule could be evaluated. Otherwise nothing is "
        "published: readers keep the build they have.",
    )

    @dg.multi_asset_check(
        name="expectations",
        specs=[*(_check_spec(rule) for rule in book.rules.values()), gate],
        can_subset=False,
    )
    def expectations(writer: WriterLock) -> Iterator[dg.AssetCheckResult]:  # noqa: ARG001
        results = run(settings, book)
        for result in results:
            yield _check_result(book, result)
        gate_result = _gate_result(results)
        if gate_result.passed:
            finish(settings)
        yield gate_result

    return [expectations]


def _asset_key(relation: str) -> dg.AssetKey:
    return dg.AssetKey(relation.split("."))


def _check_spec(rule: Rule) -> dg.AssetCheckSpec:
    own = _asset_key(rule.relation)
    return dg.AssetCheckSpec(
        rule.rule_id,
        asset=own,
        additional_deps=[RESULTS_KEY],
        description=f"{rule.title_vi}. {rule.what_to_do_vi}\n\n{rule.title_en}. {rule.what_to_do_en}",
        metadata={
            "severity": rule.severity,
            "group": rule.group,
            "tolerated_pct": rule.tolerated_pct,
            "source": rule.source,
        },
    )


def _check_result(book: RuleBook, result: RuleResult) -> dg.AssetCheckResult:
    rule = book.rules[result.rule_id]
    severity = dg.AssetCheckSeverity.ERROR if result.severity == "critical" else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=_asset_key(rule.relation),
        check_name=rule.rule_id,
        passed=result.passed,
        severity=severity,
        description=result.message,
        metadata={
            "failing": result.failing_count or 0,
            "checked": result.checked_count or 0,
            "failing_pct": round(result.failing_pct or 0.0, 3),
            "tolerated_pct": result.tolerated_pct,
            "severity": result.severity,
            "some_keys": dg.MetadataValue.json(list(result.sample_keys)),
            "all_of_them": f"quality.flagged_records, rule_id = '{rule.rule_id}'",
        },
    )


def _gate_result(results: Sequence[RuleResult]) -> dg.AssetCheckResult:
    stopping = [r for r in results if (r.blocking and not r.passed) or r.error]
    return dg.AssetCheckResult(
        asset_key=RESULTS_KEY,
        check_name=GATE,
        passed=not stopping,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(r.message for r in stopping) or "Every blocking rule holds.",
        metadata={
            "rules": len(results),
            "stopping": ", ".join(r.rule_id for r in stopping) or "none",
            "results": dg.MetadataValue.md(_results(results)),
        },
    )


def _results(results: Sequence[RuleResult]) -> str:
    """Every rule and how it came out, those that fail first."""
    lines = ["| rule | came out | failing | checked | % | tolerated % |", "|---|---|--:|--:|--:|--:|"]
    for r in sorted(results, key=lambda r: (r.passed, not r.blocking, -(r.failing_pct or 0.0), r.rule_id)):
        outcome = "holds" if r.passed else "stops publishing" if r.blocking or r.error else "warns"
        figures = f"{r.failing_count or 0:,} | {r.checked_count or 0:,} | {r.failing_pct or 0.0:.2f}"
        lines.append(f"| {r.rule_id} | {outcome} | {figures} | {r.tolerated_pct:g} |")
    return "\n".join(lines)


def _by_rule(con: duckdb.DuckDBPyConnection) -> str:
    rows = con.execute(
        "select rule_group, rule_id, severity, count(*) as records, count(distinct agency_key) as agencies "
        "from quality.flagged_records group by all order by rule_group, records desc, rule_id"
    ).fetchall()
    lines = ["| group | rule | severity | records | agencies |", "|---|---|---|--:|--:|"]
    return "\n".join([*lines, *(f"| {g} | {r} | {s} | {n:,} | {a:,} |" for g, r, s, n, a in rows)])
