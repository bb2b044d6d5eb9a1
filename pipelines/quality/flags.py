"""Writes, for every rule, which dossiers and ratings break it, into the schema `quality`.

Here: the tables `rules`, `expectation_results` and `flagged_records` with their comments.
Not here: the rules (`rules.yaml`), whether publishing may go on (`suites.py` and the checks built on it).
Explained in docs/data-team.md, "Expectations". Moments are those of extraction, so a rebuilt
warehouse gives equal tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from pipelines.quality.rules import Rule, RuleBook
from pipelines.quality.statements import checked, counts, failing_subjects

FACT = "core.fct_procedure_timeliness"

# table → comment, and column → (type, comment)
TABLES: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "rules": (
        "What is expected, why, and what to do where it does not hold. One row a rule.",
        {
            "rule_id": ("varchar", "Name of the rule; never changes its meaning."),
            "rule_group": ("varchar", "late, incomplete, implausible or structure."),
            "severity": ("varchar", "critical, warning or info."),
            "is_blocking": ("boolean", "Nothing is published while it fails."),
            "title_vi": ("varchar", "Title in Vietnamese."),
            "title_en": ("varchar", "Title in English."),
            "relation": ("varchar", "Table whose rows are judged."),
            "scope": ("varchar", "Which of its rows the rule applies to."),
            "condition": ("varchar", "What a failing row looks like."),
            "tolerated_pct": ("double", "Share of the scope that may fail, 0 to 100."),
            "tolerated_since_date": ("date", "Since when so much is tolerated."),
            "tolerated_reason": ("varchar", "Why so much is tolerated, and by whose word."),
            "what_to_do_vi": ("varchar", "What to do, in Vietnamese."),
            "what_to_do_en": ("varchar", "What to do, in English."),
            "source": ("varchar", "Where the rule comes from."),
        },
    ),
    "expectation_results": (
        "How every rule came out over the whole warehouse. One row a rule.",
        {
            "rule_id": ("varchar", "Rule; see quality.rules."),
            "checked_count": ("bigint", "Dossiers, ratings or files the rule applies to."),
            "failing_count": (
                "bigint",
                "How many of them break it; null if the rule could not be evaluated.",
            ),
            "failing_pct": (
                "double",
                "failing_count in percent of checked_count; null when nothing was checked.",
            ),
            "tolerated_pct": ("double", "Share that may fail before the check does, 0 to 100."),
            "has_error": ("boolean", "The rule could not be evaluated; this says nothing about the data."),
            "is_passed": ("boolean", "Evaluated, and no more failing than tolerated."),
            "data_cut_at": ("timestamp", "Latest moment of extraction of any dossier judged, local."),
        },
    ),
    "flagged_records": (
        "Every dossier or rating that breaks a rule now. One row a rule and dossier.",
        {
            "flag_key": ("varchar", "Key of this row: rule and dossier."),
            "rule_id": ("varchar", "Rule that is broken; see quality.rules for what to do."),
            "rule_group": ("varchar", "late, incomplete, implausible or structure."),
            "severity": ("varchar", "critical, warning or info."),
            "subject": ("varchar", "dossier or rating."),
            "source_system": ("varchar", "Portal that says so."),
            "dossier_code": ("varchar", "The portal's code of the dossier."),
            "dossier_key": (
                "varchar",
                "Key of the dossier; not in core.fct_procedure_timeliness if it is not known.",
            ),
            "agency_key": ("varchar", "Agency of the dossier, else of the rating; see core.dim_agency."),
            "agency_code": ("varchar", "Code of that agency."),
            "first_seen_at": ("timestamp", "First extraction, local, in which the rule was seen broken."),
            "last_seen_at": ("timestamp", "Last extraction, local, in which it was still seen broken."),
        },
    ),
}


@dataclass(frozen=True)
class Count:
    """How a rule came out in SQL; both counts are None if it could not be evaluated."""

    checked: int | None
    failing: int | None

    @property
    def failing_pct(self) -> float | None:
        """Failing in percent of checked; None when nothing was checked."""
        return 100.0 * self.failing / self.checked if self.checked and self.failing is not None else None

    def passes(self, tolerated_pct: float) -> bool:
        """Evaluated, and no more failing than tolerated."""
        return self.failing is not None and (self.failing_pct or 0.0) <= tolerated_pct


def write_flags(con: duckdb.DuckDBPyConnection, book: RuleBook, *, night: bool = False) -> dict[str, Count]:
    """Evaluate every rule in SQL and write the three tables of the schema `quality`.

    A rule that cannot be evaluated (a column is missing) leaves a row that says so; the others go on.

    Args:
        con: a read-write connection from `open_warehouse`, after the models were built.
        book: the rules.
        night: judge only what the night may have changed; the flags on everything else stay.

    Returns:
        For each rule its counts over what was judged, which Great Expectations must find again.

    Raises:
        duckdb.Error: when core.fct_procedure_timeliness, core.fct_satisfaction or core.dim_agency
            is missing.
    """
    con.execute(
        "create or replace temp table found (rule_id varchar, rule_group varchar, severity varchar, "
        "subject varchar, source_system varchar, dossier_code varchar, dossier_key varchar, "
        "first_seen_at timestamp, last_seen_at timestamp)"
    )
    if night:
        _take_aside(con, book)
    judged = {rule.rule_id: _evaluate(con, book, rule, night=night) for rule in book.rules.values()}
    in_scope = _checked(con, book, night=night)
    con.execute("begin")
    try:
        if night:
            _forget_judged(con, book)
        else:
            _create(con, "flagged_records")
        _write_flagged(con)
        for table in ("rules", "expectation_results"):
            _create(con, table)
        _write_rules(con, book)
        _write_results(con, book, _whole(con, book, judged, in_scope, night=night))
        con.execute("commit")
    except duckdb.Error:
        con.execute("rollback")
        raise
    finally:
        con.execute("drop table if exists temp.found")
    _keep_judged(con, judged, night=night)
    return judged


def _take_aside(con: duckdb.DuckDBPyConnection, book: RuleBook) -> None:
    """Look for the rows that a night judges again once, not once for each rule; in the writer's own file."""
    for name, relation in book.relations.items():
        if relation.again:
            con.execute(
                f"create or replace table {book.batch(name, night=True)} as "  # noqa: S608 (our own rule file)
                f"select * from {name} where {relation.again}"
            )


def _evaluate(con: duckdb.DuckDBPyConnection, book: RuleBook, rule: Rule, *, night: bool) -> Count:
    batch = book.batch(rule.relation, night=night)
    try:
        if not book.raises_flags(rule):
            checked, failing = con.execute(counts(rule, batch)).fetchall()[0]
            return Count(int(checked), int(failing))
        [(failing,)] = con.execute(
            "insert into found select ?, ?, ?, ?, source_system, dossier_code, dossier_key, "  # noqa: S608
            f"first_seen_at, last_seen_at from ({failing_subjects(book, rule, batch)})",
            [rule.rule_id, rule.group, rule.severity, book.relation_of(rule).subject],
        ).fetchall()
    except duckdb.Error:
        return Count(None, None)
    return Count(None, int(failing))


def _keep_judged(con: duckdb.DuckDBPyConnection, judged: dict[str, Count], *, night: bool) -> None:
    """What this run judged itself, in the writer's own file, for Great Expectations to find again."""
    con.execute("create schema if not exists intermediate")
    con.execute(
        "create or replace table intermediate.judged_rules "
        "(rule_id varchar, failing_count bigint, is_night boolean)"
    )
    for rule_id, count in judged.items():
        con.execute("insert into intermediate.judged_rules values (?, ?, ?)", [rule_id, count.failing, night])


def _checked(con: duckdb.DuckDBPyConnection, book: RuleBook, *, night: bool) -> dict[str, int]:
    """For each rule that raises flags, how many subjects of the whole warehouse are in its scope."""
    groups: dict[tuple[str, str], list[Rule]] = {}
    for rule in book.rules.values():
        if book.raises_flags(rule):
            groups.setdefault((rule.relation, rule.rows), []).append(rule)
    found: dict[str, int] = {}
    before = _checked_before(con) if night else {}
    for (relation, _), rules in groups.items():
        if night and book.relations[relation].of_files:
            # rows are only added, and only to subjects that are judged again
            again = book.batch(relation, night=True)
            old = f"(select * from {again} where file_sha256 in (select file_sha256 from raw.built_files))"  # noqa: S608
            now, then = _in_scope(con, book, rules, again), _in_scope(con, book, rules, old)
            found |= {rule: before[rule] + now[rule] - then[rule] for rule in now}
        else:
            found |= _in_scope(con, book, rules, relation)
    return found


def _checked_before(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    rows = con.execute("select rule_id, coalesce(checked_count, 0) from quality.expectation_results")
    return dict(rows.fetchall())


def _in_scope(
    con: duckdb.DuckDBPyConnection, book: RuleBook, rules: list[Rule], batch: str
) -> dict[str, int]:
    try:
        [row] = con.execute(checked(book, rules, batch)).fetchall()
        return {rule.rule_id: int(count or 0) for rule, count in zip(rules, row, strict=True)}
    except duckdb.Error:
        # one that cannot be evaluated must not take the others with it
        parts = [_in_scope(con, book, [rule], batch) for rule in rules] if len(rules) > 1 else []
        return {rule_id: count for part in parts for rule_id, count in part.items()}


def _forget_judged(con: duckdb.DuckDBPyConnection, book: RuleBook) -> None:
    """Take away the flags on what this night judges again."""
    for relation in book.relations:
        rules = [r.rule_id for r in book.rules.values() if r.relation == relation and book.raises_flags(r)]
        if rules:
            con.execute(
                "delete from quality.flagged_records where rule_id in (select unnest(?)) and dossier_key in "  # noqa: S608
                f"(select again.dossier_key from {book.batch(relation, night=True)} as again)",
                [rules],
            )


def _whole(
    con: duckdb.DuckDBPyConnection,
    book: RuleBook,
    judged: dict[str, Count],
    in_scope: dict[str, int],
    *,
    night: bool,
) -> dict[str, Count]:
    """How every rule comes out over the whole warehouse: from its flags, which are all there is."""
    rows = con.execute("select rule_id, count(*) from quality.flagged_records group by rule_id").fetchall()
    flagged: dict[str, int] = dict(rows)
    return {
        rule_id: Count(in_scope.get(rule_id, 0), flagged.get(rule_id, 0))
        if book.raises_flags(book.rules[rule_id]) and count.failing is not None
        else _of_every_row(con, book, book.rules[rule_id], count, night=night)
        for rule_id, count in judged.items()
    }


def _of_every_row(
    con: duckdb.DuckDBPyConnection, book: RuleBook, rule: Rule, count: Count, *, night: bool
) -> Count:
    """A rule that raises no flags is about every row; what a night leaves out held when it was made."""
    if not night or count.failing is None or book.relation_of(rule).is_judged_whole:
        return count
    [(rows,)] = con.execute(f"select count(*) from {rule.relation}").fetchall()  # noqa: S608 (our own rule file)
    return Count(int(rows), count.failing)


def _create(con: duckdb.DuckDBPyConnection, table: str) -> None:
    comment, columns = TABLES[table]
    listed = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
    con.execute(f"create or replace table quality.{table} ({listed})")
    con.execute(f"comment on table quality.{table} is {_literal(comment)}")
    for name, (_, text) in columns.items():
        con.execute(f"comment on column quality.{table}.{name} is {_literal(text)}")


def _write_rules(con: duckdb.DuckDBPyConnection, book: RuleBook) -> None:
    for rule in book.rules.values():
        tolerated = rule.tolerated
        con.execute(
            "insert into quality.rules values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                rule.rule_id,
                rule.group,
                rule.severity,
                rule.blocking,
                rule.title_vi,
                rule.title_en,
                rule.relation,
                rule.scope,
                rule.condition or _said(rule),
                rule.tolerated_pct,
                tolerated.since if tolerated else None,
                f"{tolerated.reason} ({tolerated.source})" if tolerated else None,
                rule.what_to_do_vi,
                rule.what_to_do_en,
                rule.source,
            ],
        )


def _said(rule: Rule) -> str:
    must = rule.must
    return f"{must.column} must be {must.be} {' '.join(must.values)}".strip() if must else ""


def _write_results(con: duckdb.DuckDBPyConnection, book: RuleBook, found: dict[str, Count]) -> None:
    cut: datetime | None = con.execute(f"select max(data_cut_at) from {FACT}").fetchall()[0][0]  # noqa: S608
    for rule_id, count in found.items():
        tolerated = book.rules[rule_id].tolerated_pct
        con.execute(
            "insert into quality.expectation_results values (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                rule_id,
                count.checked,
                count.failing,
                count.failing_pct,
                tolerated,
                count.failing is None,
                count.passes(tolerated),
                cut,
            ],
        )


def _write_flagged(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        """
        insert into quality.flagged_records
        select
            md5(found.rule_id || chr(31) || found.dossier_key) as flag_key,
            found.rule_id, found.rule_group, found.severity, found.subject,
            found.source_system, found.dossier_code, found.dossier_key,
            coalesce(dossiers.agency_key, ratings.agency_key) as agency_key, dim_agency.agency_code,
            found.first_seen_at, found.last_seen_at
        from found
        left join core.fct_procedure_timeliness as dossiers on found.dossier_key = dossiers.dossier_key
        left join core.fct_satisfaction as ratings on found.dossier_key = ratings.rating_key
        left join core.dim_agency as dim_agency
            on coalesce(dossiers.agency_key, ratings.agency_key) = dim_agency.agency_key
        order by found.rule_id, found.dossier_key
        """
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
