"""The SQL that a rule stands for, in the subset that DuckDB and Spark read alike.

Here: pure functions from a rule to a statement. Rules are files of this project, not input: their SQL
is put together as text.
Not here: running it (`flags.py`, `suites.py`).
Explained in docs/data-team.md, "Expectations".
"""

from __future__ import annotations

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


def failing_subjects(book: RuleBook, rule: Rule) -> str:
    """The failing subjects with `first_seen_at` and `last_seen_at`, for a rule that raises flags."""
    first, last = book.moments(rule)
    return (
        f"{judged(rule, rule.relation)} select {SUBJECT_KEY}, min({first}) as first_seen_at, "  # noqa: S608
        f"max({last}) as last_seen_at from judged where is_failing group by {SUBJECT_KEY}"
    )


def counts(book: RuleBook, rule: Rule) -> str:
    """One row: how many subjects (or rows) are in scope, how many of them fail."""
    if book.raises_flags(rule):
        per_subject = f"select bool_or(is_failing) as is_failing from judged group by {SUBJECT_KEY}"  # noqa: S608
    else:
        per_subject = "select is_failing from judged"
    return (
        f"{judged(rule, rule.relation)}, subjects as ({per_subject}) "  # noqa: S608
        "select count(*) as checked_count, count(*) filter (where is_failing) as failing_count from subjects"
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
