"""The words of the kinds are those the seeds and models explain: none is missing, none stands alone."""

from __future__ import annotations

import csv
import re

import pytest

from pipelines.contracts import load_catalogue
from pipelines.settings import PROJECT_ROOT

DBT = PROJECT_ROOT / "dbt_project"
CATALOGUE = load_catalogue([PROJECT_ROOT / "pipelines" / "contracts"])


def seed_column(name: str, column: str) -> list[str]:
    with (DBT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def vocabulary(kind: str, column: str) -> list[str]:
    return list(CATALOGUE.kinds[kind].columns[column].vocabulary)


@pytest.mark.parametrize(
    ("kind", "column", "seed", "unread"),
    [
        ("ratings", "satisfaction_code", "satisfaction_answers", ["unmapped"]),
        ("targets", "metric_code", "target_metrics", []),
        ("reform_tasks", "field_code", "reform_fields", []),
    ],
)
def test_every_word_is_explained(kind: str, column: str, seed: str, unread: list[str]) -> None:
    assert sorted(seed_column(seed, column)) == sorted([*vocabulary(kind, column), *unread])


def test_the_crossing_of_lateness_counts_every_answer() -> None:
    sql = (DBT / "models" / "marts" / "mart_satisfaction_by_lateness.sql").read_text(encoding="utf-8")
    counted = re.findall(r"'(\w+)'", sql.split("set answers = [", 1)[1].split("]", 1)[0])
    # `satisfied` is told as `plainly_satisfied_count`
    assert sorted([*counted, "satisfied"]) == sorted(
        [*vocabulary("ratings", "satisfaction_code"), "unmapped"]
    )


@pytest.mark.parametrize("kind", sorted(k for k, c in CATALOGUE.kinds.items() if c.is_register))
def test_every_word_of_a_register_can_be_written_in_vietnamese(kind: str) -> None:
    [source] = CATALOGUE.sources_of(kind)
    for name, column in CATALOGUE.kinds[kind].columns.items():
        if column.vocabulary:
            assert column.is_closed, name
            assert sorted(set(CATALOGUE.words[source.source, name].values())) == sorted(column.vocabulary), (
                name
            )
