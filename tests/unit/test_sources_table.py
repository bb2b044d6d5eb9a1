"""The table of sources in docs/data-team.md says what the YAML files say, no more and no less."""

from pipelines.contracts import load_catalogue
from pipelines.contracts.models import Source
from pipelines.settings import PROJECT_ROOT

CATALOGUE = load_catalogue([PROJECT_ROOT / "pipelines" / "contracts"])
SECTION = "## Sources known out of the box\n"


def rows() -> list[list[str]]:
    text = (PROJECT_ROOT / "docs" / "data-team.md").read_text(encoding="utf-8").split(SECTION, 1)[1]
    lines = [line for line in text.split("\n## ", 1)[0].splitlines() if line.startswith("| `")]
    hidden = [line.replace("\\|", "\0") for line in lines]
    return [[cell.strip().replace("\0", "|") for cell in line.strip("|").split("|")] for line in hidden]


def recognised_by(source: Source) -> str:
    parts = [", ".join(source.recognise.headers)]
    if source.recognise.file_name:
        parts.append(f"name `{source.recognise.file_name}`")
    if source.sheets:
        parts.append("sheets " + ", ".join(source.sheets))
    return "; ".join(parts)


def test_every_source_has_one_row_and_every_row_a_source() -> None:
    named = [row[0].strip("`") for row in rows()]
    assert sorted(named) == sorted(CATALOGUE.sources)


def test_each_row_says_what_its_yaml_says() -> None:
    for name, portal, kind, scope, recognised, quirks in rows():
        source = CATALOGUE.sources[name.strip("`")]
        system = CATALOGUE.system_of(source)
        assert (portal, kind, scope) == (
            f"{system.name} (`{system.code}`)",
            f"`{source.kind}`",
            f"`{source.scope}`",
        )
        assert recognised == recognised_by(source)
        assert len(quirks) > 3


def test_no_two_sources_of_a_kind_ask_for_the_same() -> None:
    asked = [
        (source.kind, frozenset(source.recognise.headers), source.recognise.file_name, tuple(source.sheets))
        for source in CATALOGUE.sources.values()
    ]
    assert len(set(asked)) == len(asked)
