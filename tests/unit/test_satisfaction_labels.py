"""Ratings of a portal are no survey: nothing computed here is called SIPAS, PAPI or PCI.

Here: a search through every name, label and description an analyst can read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.settings import PROJECT_ROOT

SURVEY = re.compile(r"\b(?:sipas|papi|pci|par[ _-]?index)\b|(?:sipas|papi)_", re.IGNORECASE)
# A sentence that forbids the name may use it.
FORBIDS = re.compile(r"\b(?:never|no survey|not be|không)\b", re.IGNORECASE)
PLACES = ("dbt_project", "pipelines", "data/registers")
# An example may ask for an index that was published.
ASKED_FOR = re.compile(r"index_code = '\w+'")
# What surveys published stands under their own names; nothing in these files is computed.
AS_PUBLISHED = (
    "columns_published_figures.md", "_unit_tests_published_figures.yml", "province_names.csv",
    "published_indices.yaml", "pages_published_indices.yaml", "papi_scores.yaml",
)  # fmt: skip
FORMS = (".yml", ".yaml", ".sql", ".md", ".csv")


def labelled() -> Iterator[Path]:
    for place in PLACES:
        for path in sorted((PROJECT_ROOT / place).rglob("*")):
            if (
                path.name not in AS_PUBLISHED
                and path.suffix in FORMS
                and "target" not in path.relative_to(PROJECT_ROOT).parts
            ):
                yield path


def offences(text: str) -> list[str]:
    """Sentences that call something by a survey's name without forbidding it."""
    flat = re.sub(r"\s+", " ", ASKED_FOR.sub("", text))
    sentences = re.split(r"(?<=[.;])\s", flat)
    return [s[-80:] for s in sentences if SURVEY.search(s) and not FORBIDS.search(s)]


@pytest.mark.parametrize("path", list(labelled()), ids=lambda path: str(path.relative_to(PROJECT_ROOT)))
def test_nothing_is_labelled_as_a_survey(path: Path) -> None:
    assert offences(path.read_text(encoding="utf-8")) == []
    assert not SURVEY.search(path.name)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("description: SIPAS of the province", 1),
        ("sipas_pct", 1),
        ("Self-selected answers: never to be called SIPAS.", 0),
        ("Mean. Chỉ số SIPAS. More.", 1),
        ("satisfied_pct", 0),
    ],
)
def test_the_search_finds_what_it_is_for(text: str, count: int) -> None:
    assert len(offences(text)) == count
