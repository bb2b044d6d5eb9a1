"""The documentation says nothing that is not there: links, sections, commands, and the worked example."""

import ast
import re
from pathlib import Path

import polars as pl
import pytest
from typer.main import get_command

from pipelines.cli import app
from pipelines.contracts import load_catalogue
from pipelines.ingestion.ingest import Ingestion
from pipelines.settings import PROJECT_ROOT, Settings
from pipelines.text import nfc

PAGES = sorted([*PROJECT_ROOT.glob("*.md"), *(PROJECT_ROOT / "docs").rglob("*.md")])
CODE = [
    path
    for place in ("pipelines", "dbt_project", "tests")
    for form in ("*.py", "*.sql", "*.yml", "*.yaml")
    for path in (PROJECT_ROOT / place).rglob(form)
    if "target" not in path.parts
]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
REFERENCE = re.compile(r'(README\.md|docs/[a-z-]+\.md)(?:, "([^"]+)")?(?: ?§(\d+(?:\.\d+)?))?')
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def headings(page: Path) -> list[str]:
    return HEADING.findall(BLOCK.sub("", page.read_text(encoding="utf-8")))


def anchor(heading: str) -> str:
    """As the usual renderers make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def blocks(text: str, language: str) -> list[str]:
    return [content for name, content in BLOCK.findall(text) if name == language]


def example(language: str) -> str:
    text = (PROJECT_ROOT / "docs" / "data-team.md").read_text(encoding="utf-8")
    section = text.split("## A new portal\n", 1)[1]
    return blocks(section, language)[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        place, _, section = target.partition("#")
        path = (page.parent / place).resolve() if place else page
        assert path.exists(), target
        assert not section or section in map(anchor, headings(path)), target


def test_what_the_code_calls_explained_is_explained() -> None:
    missing = set()
    for path in CODE:
        for page, section, number in REFERENCE.findall(path.read_text(encoding="utf-8")):
            known = headings(PROJECT_ROOT / page)
            if (section and section not in known) or (
                number and not any(heading.startswith(f"§{number} ") for heading in known)
            ):
                missing.add(f"{path.name}: {page} {section or number}")
    assert missing == set()


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    direct = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return direct | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_imports_run_one_way() -> None:
    page = (PROJECT_ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    order = re.findall(r"\w+", page.split("and a test says so: ", 1)[1].split(".", 1)[0])
    assert (order[0], order[-1]) == ("contracts", "reporting")
    everything = {"build", "cli", "definitions", "orchestration", "sample"}
    for place, package in enumerate(order):
        above = {f"pipelines.{name}" for name in {*order[place + 1 :], *everything}}
        for path in (PROJECT_ROOT / "pipelines" / package).rglob("*.py"):
            wrong = {name for name in imported(path) if ".".join(name.split(".")[:2]) in above}
            assert not wrong, path
    for path in (PROJECT_ROOT / "pipelines" / "sample").rglob("*.py"):
        own = {name.split(".")[1] for name in imported(path) if name.startswith("pipelines.")}
        assert own <= {"sample", "contracts", "settings", "text", "errors"}, path


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_vietnamese_is_composed(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == nfc(text)


def test_commands_and_targets_that_are_named_exist() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    commands = set(re.findall(r"\bdunghen ([a-z][a-z-]*)", text))
    assert commands <= set(get_command(app).commands)  # type: ignore[attr-defined]
    targets = set(TARGET.findall((PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets


def test_the_short_example_of_the_readme_is_a_valid_source(tmp_path: Path) -> None:
    [source] = blocks((PROJECT_ROOT / "README.md").read_text(encoding="utf-8"), "yaml")
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "my_portal.yaml").write_text(source, encoding="utf-8")
    catalogue = load_catalogue([PROJECT_ROOT / "pipelines" / "contracts", tmp_path])
    assert catalogue.sources["my_portal"].kind == "dossiers"


def test_the_worked_example_of_a_new_portal_does_what_the_page_says(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts = tmp_path / "contracts" / "sources"
    contracts.mkdir(parents=True)
    (contracts / "example_dossiers.yaml").write_text(example("yaml"), encoding="utf-8")
    monkeypatch.setenv("DUNGHEN_CONTRACTS", str(contracts.parent))
    delivered = settings.landing / "dossiers" / "ho-so 2026-02-01.csv"
    delivered.write_text(example("csv"), encoding="utf-8")
    [outcome] = Ingestion.of(Settings.load()).run()
    entry = outcome.entry
    assert (entry.source_id, entry.rows_accepted, entry.rows_quarantined) == ("example_dossiers", 3, 1)
    rows = pl.read_parquet(settings.lake / "dossiers" / f"{entry.file_sha256}.parquet").sort("row_number")
    assert rows["status_code"].to_list() == ["finished", "finished", "unmapped"]
    assert rows["status_label"].to_list()[-1] == "Chờ ký"
    assert rows["finished_at"].is_null().to_list() == [False, False, True]
    assert set(rows["channel_code"]) == {"direct"}
    aside = pl.read_parquet(settings.lake / "_quarantine" / "*.parquet")
    assert aside.select("column_name", "reason_code").rows() == [("received_at", "bad_timestamp")]
