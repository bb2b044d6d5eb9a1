"""What the data dictionary knows: the published tables, and their words in `dbt_project/dictionary/`.

Here: what the models say of themselves, what the folder adds (Vietnamese, keys, examples), what is missing.
Not here: descriptions and types (the models' YAML, `quality/flags.py`); the pages (`dictionary.py`).
Explained in docs/data-team.md, "The data dictionary".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from pipelines.quality.flags import TABLES

LAYERS = ("core", "marts", "ops", "quality", "reference")
LABEL_FILES = "labels_*.yaml"
SENTENCE_END = re.compile(r"(?<=\.)\s+")
GRAIN = re.compile(r"One row |A row |Mỗi dòng là ")


def told_apart(text: str) -> tuple[str, str]:
    """What a description says, and the sentence in it about what one row is; either may be empty."""
    sentences = SENTENCE_END.split(text)
    grain = next((sentence for sentence in sentences if GRAIN.match(sentence)), "")
    return " ".join(sentence for sentence in sentences if sentence != grain), grain


@dataclass(frozen=True)
class Column:
    """A column as its table describes it."""

    name: str
    data_type: str
    description: str


class Entry(BaseModel):
    """What the dictionary adds to a table.

    Attributes:
        vi: what the table is, in Vietnamese, with its grain.
        key: columns no two rows agree in.
        example: a query to begin with.
        may_be_empty: why the example may find nothing in the sample.
        only: rows that the test of the key keeps to.
        labels: column → Vietnamese where the table means something else by the name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    vi: str = ""
    key: tuple[str, ...] = ()
    example: str = ""
    may_be_empty: str = ""
    only: str = ""
    labels: Mapping[str, str] = {}


@dataclass(frozen=True)
class Table:
    """A published table."""

    layer: str
    name: str
    description: str
    columns: tuple[Column, ...]
    entry: Entry

    @property
    def full_name(self) -> str:
        """As a query names it."""
        return f"{self.layer}.{self.name}"

    @property
    def anchor(self) -> str:
        """Where its section is on a page."""
        return self.full_name.replace(".", "")

    @property
    def needs_example(self) -> bool:
        """Marts and facts are what people ask."""
        return self.name.startswith(("mart_", "fct_"))


@dataclass(frozen=True)
class Words:
    """`dbt_project/dictionary/`: Vietnamese of columns by their name, and the entry of each table."""

    labels: Mapping[str, str]
    entries: Mapping[str, Entry]

    @classmethod
    def load(cls, folder: Path) -> Words:
        """Read every file of the folder."""
        labels: dict[str, str] = {}
        entries: dict[str, Entry] = {}
        label_files = sorted(folder.glob(LABEL_FILES))
        for path in label_files:
            labels |= yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted(set(folder.glob("*.yaml")) - set(label_files)):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            entries |= {name: Entry.model_validate(said) for name, said in content.items()}
        return cls(labels, entries)

    def label(self, table: Table, column: Column) -> str:
        """Vietnamese of a column; empty if nobody said it."""
        return table.entry.labels.get(column.name) or self.labels.get(column.name, "")


def tables(manifest: Mapping[str, Any], words: Words) -> list[Table]:
    """Every published table, by layer and name."""
    described = [*_of_dbt(manifest), *_of_quality()]
    found = [
        Table(layer, name, " ".join(text.split()), columns, words.entries.get(name, Entry()))
        for layer, name, text, columns in described
        if layer in LAYERS
    ]
    return sorted(found, key=lambda t: (LAYERS.index(t.layer), t.name))


def _of_dbt(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, str, tuple[Column, ...]]]:
    for node in manifest["nodes"].values():
        if node["resource_type"] in ("model", "seed"):
            columns = tuple(
                Column(c["name"], c.get("data_type") or "", " ".join(c["description"].split()))
                for c in node["columns"].values()
            )
            layer = "reference" if node["resource_type"] == "seed" else node["fqn"][1]
            yield layer, node["name"], node["description"], columns


def _of_quality() -> Iterator[tuple[str, str, str, tuple[Column, ...]]]:
    for name, (comment, columns) in TABLES.items():
        # the same names of types as in the contracts of the models
        listed = (Column(c, kind.replace("varchar", "string"), text) for c, (kind, text) in columns.items())
        yield "quality", name, comment, tuple(listed)


def complaints(found: Sequence[Table], words: Words) -> list[str]:
    """What is missing for the dictionary to be whole, and what it says of nothing that is there."""
    missing = [complaint for table in found for complaint in _missing(table, words)]
    names = {column.name for table in found if table.layer != "reference" for column in table.columns}
    unused = [
        f"label {name}: no published column bears the name" for name in sorted(set(words.labels) - names)
    ]
    known = {table.name for table in found}
    strangers = [
        f"entry {name}: no published table bears the name" for name in sorted(set(words.entries) - known)
    ]
    return [*missing, *unused, *strangers]


def _missing(table: Table, words: Words) -> Iterator[str]:
    if not table.entry.vi:
        yield f"{table.full_name}: no Vietnamese (vi)"
    if not told_apart(table.description)[1]:
        yield f"{table.full_name}: its description has no sentence `One row per …`"
    if table.layer == "reference":
        return
    names = {column.name for column in table.columns}
    if not told_apart(table.entry.vi)[1]:
        yield f"{table.full_name}: its Vietnamese does not say what one row is (Mỗi dòng là …)"
    if not table.entry.key:
        yield f"{table.full_name}: no key"
    for name in sorted({*table.entry.key, *table.entry.labels} - names):
        yield f"{table.full_name}: it has no column {name}"
    if table.needs_example and not table.entry.example:
        yield f"{table.full_name}: no example"
    for column in table.columns:
        if not words.label(table, column):
            yield f"{table.full_name}: no Vietnamese label of {column.name}"
        if not (column.description and column.data_type):
            yield f"{table.full_name}: no description or type of {column.name}"
