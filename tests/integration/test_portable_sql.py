"""Models stay in the SQL that DuckDB and Spark read alike; what differs silently is forbidden.

Here: a lint by pattern over models, singular tests and macros. The list follows what was measured on both
engines: some constructs fail loudly on the other one, the dangerous ones give another answer.
Not here: macros/portable.sql's `duckdb__` branches, whose very purpose is to differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pipelines.settings import PROJECT_ROOT

DBT = PROJECT_ROOT / "dbt_project"
CONTRACT_TYPES = {"string", "int", "bigint", "double", "decimal(9,2)", "date", "boolean", "timestamp"}

SILENTLY_DIFFERENT = {
    "regexp_replace replaces the first match or all": r"\bregexp_replace\s*\(",
    "regexp_extract without a group takes group 0 or 1": r"\bregexp_extract\s*\([^']*'[^']*'\s*\)",
    "weekdays are numbered differently": r"\b(?:dayofweek|weekday|dow)\b\s*[(,]",
    "concat skips nulls or becomes null": r"\bconcat\s*\(",
    "a date minus a date is a number or an interval": r"_date\b\s*-\s*[\w.]*_date\b",
    "a moment minus a moment is an interval of another kind": r"_at\b\s*-\s*[\w.]*_at\b",
    "date_diff counts boundaries or elapsed units": r"\b(?:date_diff|datediff|datesub|date_sub)\s*\(",
    "hash differs": r"\bhash\s*\(",
    "max_by among equals is arbitrary": r"\b(?:max_by|min_by|arg_max|arg_min|any_value|first|last)\s*\(",
    "integer division": r"(?<!/)//(?!/)",
}
LOUDLY_DIFFERENT = {
    "say string": r"\b(?:varchar|text)\b(?!_)",
    "dates are parsed in ingestion": r"\b(?:try_)?str[pf]time\s*\(",
    "epoch": r"\bepoch(?:_us|_ms)?\s*\(",
    "lists": r"\b(?:string_agg|list|array_agg|unnest|generate_series|list_\w+)\s*\(",
    "regular expressions go through `matches`": r"\b(?:regexp_matches|regexp_full_match|similar\s+to)\b",
    "text functions of one engine": r"\b(?:strip_accents|nfc_normalize|string_split|starts_with|format)\s*\(",
    "star with exceptions": r"\*\s*(?:exclude|replace)\b|\bcolumns\s*\(",
    "set operations by name": r"\bby\s+name\b",
    "distinct on": r"\bdistinct\s+on\b",
    "asof join": r"\basof\b",
    "files are registered by one macro": r"\bread_parquet\s*\(",
    "quantiles of one engine": r"\b(?:quantile_cont|approx_quantile)\s*\(",
    "quoted names": r'"\w+"',
    "snapshots need another table format": r"\bsnapshot\b",
}
FORBIDDEN = SILENTLY_DIFFERENT | LOUDLY_DIFFERENT


def without_comments(sql: str) -> str:
    """SQL without comments, and Jinja without its blocks; expressions in `{{ }}` lose their quotes only."""
    sql = re.sub(r"\{#.*?#\}", " ", sql, flags=re.DOTALL)
    sql = re.sub(r"\{%.*?%\}", " ", sql, flags=re.DOTALL)
    sql = re.sub(r"\{\{.*?\}\}", " jinja ", sql, flags=re.DOTALL)
    return re.sub(r"--[^\n]*", " ", sql)


def orders(sql: str) -> Iterator[str]:
    """Each item of each `order by` clause."""
    for start in re.finditer(r"\border\s+by\b", sql):
        depth, item = 0, ""
        for sign in sql[start.end() :]:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth < 0:
                break
            if sign == "," and depth == 0:
                yield item.strip()
                item = ""
            else:
                item += sign
        yield re.split(r"\b(?:rows|range|limit)\b", item)[0].strip()


def findings(sql: str) -> list[str]:
    """What in a statement the two engines would not read alike."""
    plain = without_comments(sql).lower()
    found = [why for why, pattern in FORBIDDEN.items() if re.search(pattern, plain)]
    found += [
        f"say nulls first or last: {item}"
        for item in orders(plain)
        if not re.search(r"nulls (first|last)$", item)
    ]
    if "\\" in plain:
        found.append("a backslash in a text is read as an escape")
    return found


def branches(macros: str) -> Iterator[str]:
    """Bodies of the macros of a file, without those written for DuckDB alone or for Spark alone."""
    pattern = r"\{%-?\s*macro\s+(\w+)\(.*?\)\s*-?%\}(.*?)\{%-?\s*endmacro\s*-?%\}"
    for name, body in re.findall(pattern, macros, flags=re.DOTALL):
        if not name.startswith(("duckdb__", "default__")):
            yield body


STATEMENTS = sorted([*(DBT / "models").rglob("*.sql"), *(DBT / "tests").rglob("*.sql")])


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_a_statement_means_the_same_on_both_engines(path: Path) -> None:
    assert findings(path.read_text(encoding="utf-8")) == []


def test_macros_differ_only_where_they_say_so() -> None:
    for path in sorted((DBT / "macros").glob("*.sql")):
        for body in branches(path.read_text(encoding="utf-8")):
            assert findings(body) == [], path.name


def test_every_dispatched_macro_has_both_branches_and_is_used() -> None:
    macros = "".join(path.read_text(encoding="utf-8") for path in (DBT / "macros").glob("*.sql"))
    dispatched = set(re.findall(r"adapter\.dispatch\('(\w+)'\)", macros))
    assert dispatched
    users = "".join(path.read_text(encoding="utf-8") for path in STATEMENTS) + macros
    for name in sorted(dispatched):
        assert re.search(rf"macro default__{name}\(", macros), f"{name} has no branch for Spark"
        assert re.search(rf"macro duckdb__{name}\(", macros), f"{name} has no branch for DuckDB"
        mentions = len(re.findall(rf"\b{name}\(", users))  # the first is its own definition
        assert mentions > 1 or name == "register_lake_table", f"{name} is not used"


def test_contracts_use_the_type_words_both_engines_know() -> None:
    for path in sorted((DBT / "models").rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            types = {c["data_type"] for c in model["columns"] if "data_type" in c}
            assert types <= CONTRACT_TYPES, model["name"]


@pytest.mark.parametrize(
    "sql",
    [
        "select regexp_replace(x, 'a', 'b') from t",
        "select regexp_extract(x, '^([0-9]+)') from t",
        "select dayofweek(d) from t",
        "select concat(a, b) from t",
        "select due_date - received_date from t",
        "select d.finished_at - d.received_at from t",
        "select date_diff('hour', a, b) from t",
        "select row_number() over (partition by a order by b) from t",
        "select sum(a) over (order by coalesce(a, b) nulls last, c rows unbounded preceding) from t",
        "select a from t order by a",
        "select cast(a as varchar) from t",
        'select "a" from t',
        "select max_by(a, b) from t",
        "select * exclude (a) from t",
        r"select a from t where a like '\_'",
    ],
)
def test_the_lint_finds_what_it_forbids(sql: str) -> None:
    assert findings(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select regexp_extract(x, '^([0-9]+)', 1) from t",
        "select concat_ws('-', a, b) from t -- concat(a, b)",
        "select row_number() over (order by coalesce(a, b) desc nulls last, c asc nulls first) from t",
        "select a from {{ ref('x') }} where {{ days_between('due_date', 'end_date') }} > 1",
    ],
)
def test_the_lint_lets_portable_sql_pass(sql: str) -> None:
    assert findings(sql) == []
