"""How a share becomes points of the national index, and what one point takes.

Here: every rule of the shipped seed over all counts up to 60 and some large ones, against fractions.
Not here: what is counted and how it is placed; the unit tests of the models and dbt_project/tests.
"""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import floor

import duckdb
import pytest

from pipelines.settings import PROJECT_ROOT
from tests.clock_helpers import inline_sql
from tests.dbt_helpers import settings_in

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
PAGE = (PROJECT_ROOT / "docs" / "index-766.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([A-Z_]+)` \| ([0-9]+) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|", re.MULTILINE)
ARGUMENTS = "'numerator_count', 'denominator_count', 'max_points', 'full_points_at_pct'"
STATEMENT = f"""
select
    rule_number, numerator_count, denominator_count,
    {{{{ index_766_points({ARGUMENTS}, 'zero_denominator_points') }}}} as points,
    {{{{ index_766_needed({ARGUMENTS}) }}}} as needed
from cases
order by rule_number nulls last, denominator_count nulls last, numerator_count nulls last
"""
Answer = tuple[int, int, int, Decimal | None, int | None]


def formulas() -> list[dict[str, str]]:
    """The rows of the seed."""
    with (SEEDS / "index_766_formulas.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


RULES = sorted(
    {
        (int(row["max_points"]), int(row["full_points_at_pct"]), row["zero_denominator_points"])
        for row in formulas()
        if row["full_points_at_pct"]
    }
)


@pytest.fixture(scope="module")
def statement(tmp_path_factory: pytest.TempPathFactory) -> str:
    return inline_sql(settings_in(tmp_path_factory.mktemp("index")), STATEMENT)


def asked(statement: str, cases: Iterator[tuple[int, int]]) -> list[Answer]:
    """What the macros say of each rule over these numerators and denominators."""
    with duckdb.connect() as con:
        con.execute(
            "create table cases (rule_number int, numerator_count bigint, denominator_count bigint, "
            "max_points decimal(9,2), full_points_at_pct decimal(9,2), zero_denominator_points decimal(9,2))"
        )
        con.execute("create table counts (numerator_count bigint, denominator_count bigint)")
        con.executemany("insert into counts values (?, ?)", list(cases))
        for number, (maximum, full, zero) in enumerate(RULES):
            con.execute(
                "insert into cases select ?, numerator_count, denominator_count, ?, ?, ? from counts",
                [number, maximum, full, zero or None],
            )
        return con.execute(statement).fetchall()


def hundredths(value: Fraction) -> Fraction:
    """To two decimals, a half upwards."""
    return Fraction(floor(value * 100 + Fraction(1, 2)), 100)


def test_every_small_count_gives_the_points_of_its_rule(statement: str) -> None:
    answers = asked(statement, ((n, d) for d in range(61) for n in range(d + 1)))
    assert len(answers) == len(RULES) * sum(d + 1 for d in range(61))
    for number, n, d, points, needed in answers:
        maximum, full, zero = RULES[number]
        if d == 0:
            assert points == (Decimal(zero) if zero else None)
            assert needed is None
            continue
        pct = hundredths(Fraction(100 * n, d))
        assert points is not None
        assert Fraction(points) == min(Fraction(maximum), hundredths(maximum * pct / full)), (
            RULES[number],
            n,
            d,
        )
        exact = min(Fraction(maximum), Fraction(maximum * 100 * n, d * full))
        aim = min(exact + 1, Fraction(maximum))
        least = next(k for k in range(d - n + 1) if Fraction(maximum * 100 * (n + k), d * full) >= aim)
        assert needed == (least or None), (RULES[number], n, d)


def test_one_more_on_time_never_costs_a_point(statement: str) -> None:
    chance = random.Random(766)
    both: set[tuple[int, int]] = set()
    for d in (chance.randint(61, 3_000_000) for _ in range(300)):
        n = chance.randint(0, d - 1)
        both |= {(0, d), (n, d), (n + 1, d), (d, d)}
    before: Answer | None = None
    for answer in asked(statement, iter(sorted(both))):
        number, n, d, points, _ = answer
        maximum = RULES[number][0]
        assert points is not None
        assert 0 <= points <= maximum
        assert n > 0 or points == 0
        assert n < d or points == maximum
        if before is not None and before[0] == number and before[2] == d:
            assert before[3] is not None
            assert points >= before[3], answer
        before = answer


def test_the_page_shows_the_rules_of_the_seed() -> None:
    shown = {
        code: (maximum, full.strip(" %").removeprefix("–"), zero.strip().removeprefix("–"))
        for code, maximum, full, zero, _ in ROW.findall(PAGE)
    }
    assert shown == {
        row["criterion_code"]: (row["max_points"], row["full_points_at_pct"], row["zero_denominator_points"])
        for row in formulas()
        if row["formula_version"] == "index-766-2"
    }


def test_the_page_says_of_each_criterion_whether_it_is_estimated() -> None:
    shown = {code: estimated.strip() for code, _, _, _, estimated in ROW.findall(PAGE)}
    expected = {
        row["criterion_code"]: row["status"] if row["is_estimated"] == "true" else "no"
        for row in formulas()
        if row["formula_version"] == "index-766-2"
    }
    assert shown == expected
