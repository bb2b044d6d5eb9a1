"""The data dictionary is whole, and the pages that are committed are those it gives now."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import Refusal
from pipelines.reporting.dictionary import pages, write_dictionary
from pipelines.reporting.dictionary_tables import Column, Entry, Table, Words, complaints, tables, told_apart
from pipelines.settings import PROJECT_ROOT, Settings
from pipelines.text import nfc
from pipelines.warehouse.dbt import manifest_path
from tests.dbt_helpers import parsed_project

PAGES = ["data-dictionary.md", "tu-dien-du-lieu.md"]
FOLDER = PROJECT_ROOT / "dbt_project" / "dictionary"


@pytest.fixture(scope="module")
def words() -> Words:
    return Words.load(FOLDER)


@pytest.fixture
def manifest() -> dict[str, Any]:
    return parsed_project(Settings.load().dbt_project).writable_manifest().to_dict()


@pytest.fixture
def published(manifest: dict[str, Any], words: Words) -> list[Table]:
    return tables(manifest, words)


def test_every_table_and_column_of_the_readers_has_its_words(published: list[Table], words: Words) -> None:
    assert complaints(published, words) == []
    assert {table.layer for table in published} == {"core", "marts", "ops", "quality", "reference"}


def test_the_pages_say_what_the_models_say_now(published: list[Table], words: Words) -> None:
    for name, text in pages(published, words).items():
        written = (PROJECT_ROOT / "docs" / name).read_text(encoding="utf-8")
        assert written == text, f"docs/{name} is out of date → run `dunghen dictionary`"


def test_the_words_are_composed() -> None:
    for path in FOLDER.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert text == nfc(text), path.name


def test_both_pages_are_written_or_what_is_missing_is_said(
    settings: Settings, manifest: dict[str, Any], tmp_path: Path
) -> None:
    settings.dbt_target.mkdir(parents=True)
    manifest_path(settings).write_text(json.dumps(manifest, default=str), encoding="utf-8")
    assert [page.name for page in write_dictionary(settings, tmp_path)] == PAGES
    for name in PAGES:
        assert (tmp_path / name).read_bytes() == (PROJECT_ROOT / "docs" / name).read_bytes()
    manifest["nodes"]["model.dung_hen.dim_date"] |= {"description": "The calendar."}
    manifest_path(settings).write_text(json.dumps(manifest, default=str), encoding="utf-8")
    with pytest.raises(Refusal, match=r"core\.dim_date: its description has no sentence"):
        write_dictionary(settings, tmp_path)


@pytest.mark.parametrize("about", ["columns", "tables"])
def test_nothing_is_said_twice(about: str) -> None:
    names = [
        line.partition(":")[0]
        for path in FOLDER.glob("*.yaml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line[:1].isalpha() and path.match("labels_*.yaml") == (about == "columns")
    ]
    assert names
    assert len(names) == len(set(names))


def one(**changed: Any) -> tuple[list[Table], Words]:
    """A dictionary of one fact, whole unless something is changed."""
    given = {
        "vi": "Hồ sơ. Mỗi dòng là một hồ sơ.",
        "key": ("dossier_key",),
        "example": "from core.fct_a",
        "description": "Dossiers. One row per dossier.",
        "column": Column("dossier_key", "string", "Key."),
        "labels": {"dossier_key": "Khóa hồ sơ"},
        "own_labels": {},
    } | changed
    entry = Entry(vi=given["vi"], key=given["key"], example=given["example"], labels=given["own_labels"])
    table = Table("core", "fct_a", given["description"], (given["column"],), entry)
    return [table], Words(given["labels"], {"fct_a": entry})


def test_a_whole_dictionary_raises_no_complaint() -> None:
    assert complaints(*one()) == []


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"vi": "Hồ sơ."}, "does not say what one row is"),
        ({"description": "Dossiers."}, "no sentence `One row per …`"),
        ({"key": ()}, "core.fct_a: no key"),
        ({"key": ("dossier_key", "month_date")}, "it has no column month_date"),
        ({"own_labels": {"month_date": "Tháng"}}, "it has no column month_date"),
        ({"example": ""}, "no example"),
        ({"labels": {}}, "no Vietnamese label of dossier_key"),
        ({"labels": {"dossier_key": "Khóa hồ sơ", "lost": "Mất"}}, "label lost: no published column"),
        ({"column": Column("dossier_key", "", "Key.")}, "no description or type of dossier_key"),
        ({"column": Column("dossier_key", "string", "")}, "no description or type of dossier_key"),
    ],
)
def test_what_is_missing_is_named(changed: dict[str, Any], complaint: str) -> None:
    [said] = complaints(*one(**changed))
    assert complaint in said


def test_an_entry_of_no_table_is_named() -> None:
    found, words = one()
    more = Words(words.labels, {**words.entries, "mart_gone": Entry(vi="Bảng đã bỏ.")})
    assert complaints(found, more) == ["entry mart_gone: no published table bears the name"]


def test_a_label_of_the_table_itself_comes_first() -> None:
    [table], words = one(own_labels={"dossier_key": "Khóa của hồ sơ gốc"})
    assert words.label(table, table.columns[0]) == "Khóa của hồ sơ gốc"


def test_the_sentence_about_one_row_is_told_apart() -> None:
    text = "Dossiers. One row per dossier, as last told. Never add them."
    assert told_apart(text) == ("Dossiers. Never add them.", "One row per dossier, as last told.")
    assert told_apart("Hồ sơ. Mỗi dòng là một hồ sơ.") == ("Hồ sơ.", "Mỗi dòng là một hồ sơ.")


def test_a_pipe_does_not_break_a_cell() -> None:
    found, words = one(column=Column("dossier_key", "string", "`a|b`; key."))
    assert r"`a\|b`; key." in pages(found, words)["data-dictionary.md"]
