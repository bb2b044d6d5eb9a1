"""The SQL that a rule stands for, in the subset that DuckDB and Spark read alike.

Here: pure functions from a rule to a statement. Rules are files of this project, not input: their SQL
is put together as text.
Not here: running it (`flags.py`, `suites.py`).
Explained in docs/data-team.md, "Expectations".
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.quality.rules import ColumnRule, Rule, RuleBook

SUBJECT_KEY = "source_system, dossier_code, dossier_key"


def judged(rule: Rule, batch: str) -> str:
    """Common table expressions ending in `judged`: the rows in scope, with `is_failing`.

    A condition that is neither true nor false (a missing value) does not fail.
    """
    return (
        f"with batch as (select * from {batch}), "  # noqa: S608 (our own rule file)
        f"reshaped as ({rule.rows if rule.must is None else _with_copies(rule.must)}), "
        f"judged as (select *, coalesce({_condition(rule)}, false) as is_failing "
        f"from reshaped where {rule.scope})"
    )


def failing_rows(book: RuleBook, rule: Rule, batch: str) -> str:
    """One row for each failing subject (dossier, rating), or each failing row where there is none."""
    columns = f"{SUBJECT_KEY}, count(*) as row_count" if book.raises_flags(rule) else "*"
    grouping = f" group by {SUBJECT_KEY} order by dossier_key" if book.raises_flags(rule) else ""
    return f"{judged(rule, batch)} select {columns} from judged where is_failing{grouping}"  # noqa: S608


def failing_subjects(book: RuleBook, rule: Rule, batch: str) -> str:
    """The failing subjects with `first_seen_at` and `last_seen_at`, for a rule that raises flags."""
    first, last = book.moments(rule)
    return (
        f"{judged(rule, batch)} select {SUBJECT_KEY}, min({first}) as first_seen_at, "  # noqa: S608
        f"max({last}) as last_seen_at from judged where is_failing group by {SUBJECT_KEY}"
    )


def checked(book: RuleBook, rules: Sequence[Rule], batch: str) -> str:
    """One row: for each rule that raises flags, how many subjects of `batch` are in its scope.

    The rules judge one relation and reshape it alike, so one pass over it counts for all of them.
    """
    relation, shape = book.relation_of(rules[0]), rules[0].rows
    rows = ", ".join(f"count(*) filter (where {rule.scope}) as n{n}" for n, rule in enumerate(rules))
    if relation.several_rows == "none":
        return f"with batch as (select * from {batch}), reshaped as ({shape}) select {rows} from reshaped"  # noqa: S608
    any_row = ", ".join(f"coalesce(bool_or({rule.scope}), false) as s{n}" for n, rule in enumerate(rules))
    subjects = ", ".join(f"count(*) filter (where s{n}) as n{n}" for n, _ in enumerate(rules))
    grouped = f"select {any_row} from reshaped where {{}} group by {SUBJECT_KEY}"  # noqa: S608
    head = f"with batch as (select * from {batch}), reshaped as ({shape})"  # noqa: S608
    if relation.several_rows is None:
        return f"{head}, subjects as ({grouped.format('true')}) select {subjects} from subjects"  # noqa: S608
    # whoever has one row only is counted without being looked for
    several = f"coalesce(dossier_key in (select dossier_key from {relation.several_rows}), false)"  # noqa: S608
    sums = ", ".join(f"cast(sum(n{n}) as bigint) as n{n}" for n, _ in enumerate(rules))
    return (
        f"{head}, subjects as ({grouped.format(several)}), "  # noqa: S608
        f"parts as (select {subjects} from subjects union all "
        f"select {rows} from reshaped where not {several}) "
        f"select {sums} from parts"
    )


def counts(rule: Rule, batch: str) -> str:
    """One row: how many rows are in scope, how many of them fail; for a rule that raises no flags."""
    if rule.must and rule.must.be == "unique":
        column = rule.must.column
        return (
            f"with copies as (select {column}, count(*) as n from {batch} group by {column}) "  # noqa: S608
            f"select cast(coalesce(sum(n), 0) as bigint) as checked_count, cast(coalesce(sum(n) filter "
            f"(where n > 1 and {column} is not null), 0) as bigint) as failing_count from copies"
        )
    return (
        f"{judged(rule, batch)} "  # noqa: S608
        "select count(*) as checked_count, count(*) filter (where is_failing) as failing_count from judged"
    )


def _condition(rule: Rule) -> str:
    if rule.must is None:
        return f"({rule.condition})"
    if rule.must.be == "not_null":
        return f"{rule.must.column} is null"
    if rule.must.be == "unique":
        return f"{rule.must.column} is not null and copies > 1"
    words = ", ".join("'" + value.replace("'", "''") + "'" for value in rule.must.values)
    return f"{rule.must.column} not in ({words})"


def _with_copies(must: ColumnRule) -> str:
    if must.be != "unique":
        return "select * from batch"
    return f"select *, count(*) over (partition by {must.column}) as copies from batch"  # noqa: S608
