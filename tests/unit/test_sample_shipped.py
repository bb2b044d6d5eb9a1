"""What ships in data/sample: made by the code as it stands, small, complete, with its sources."""

import gzip
import os
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from pipelines.sample import GenerateOptions, generate
from pipelines.sample.options import CATALOGUE_NAME, LIMITS_NAME
from pipelines.settings import PROJECT_ROOT

SAMPLE = PROJECT_ROOT / "data" / "sample"
NEVER_SHIPPED = "people.parquet"
FOREIGN = {
    "dossiers/boston311_animal.csv.gz": 62_169,
    "dossiers/wabo_receipt_cases.csv.gz": 1_434,
    "processing_log/wabo_receipt_events.csv.gz": 8_577,
}
FOREIGN_KINDS = {"published_scores", "published_statistics", "published_indices"}


def unpacked(content: bytes) -> object:
    """What a file says, whichever version of zlib packed it."""
    if content[:2] == b"\x1f\x8b":
        return gzip.decompress(content)
    if content[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(content)) as book:
            return {name: book.read(name) for name in book.namelist()}
    return content


def is_real(path: Path) -> bool:
    """Whether a shipped file was delivered by somebody, not made by the generator."""
    return f"{path.parent.name}/{path.name}" in FOREIGN or path.parent.name in FOREIGN_KINDS


def landed(folder: Path) -> dict[str, bytes]:
    files = (path for path in (folder / "landing").rglob("*") if path.is_file() and not is_real(path))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("remade")
    generate(GenerateOptions(), out)
    return out


def test_the_shipped_exports_are_what_the_generator_makes(remade: Path) -> None:
    shipped, made = landed(SAMPLE), landed(remade)
    assert sorted(shipped) == sorted(made)
    different = [name for name in made if unpacked(shipped[name]) != unpacked(made[name])]
    assert different == []


def test_the_shipped_truth_is_what_the_generator_makes(remade: Path) -> None:
    for path in sorted((remade / "truth").glob("*.parquet")):
        if path.name != NEVER_SHIPPED:
            assert pl.read_parquet(path).equals(pl.read_parquet(SAMPLE / "truth" / path.name)), path.name


def test_the_sample_is_large_enough_and_small_enough() -> None:
    not_counted = {NEVER_SHIPPED, CATALOGUE_NAME, LIMITS_NAME}
    made = (p for part in ("landing", "truth") for p in (SAMPLE / part).rglob("*") if p.is_file())
    assert sum(p.stat().st_size for p in made if p.name not in not_counted and not is_real(p)) <= 6_000_000
    dossiers = pl.read_parquet(SAMPLE / "truth" / "dossiers.parquet")
    assert dossiers.height >= 40_000
    assert dossiers["received_at"].dt.year().unique().drop_nulls().sort().to_list() == [2024, 2025, 2026]
    assert set(pl.read_parquet(SAMPLE / "truth" / "flags.parquet")["rule_id"]) >= {
        "open_past_due",
        "no_agency",
    }


def test_strict_lateness_differs_by_agency_within_reason() -> None:
    dossiers = pl.read_parquet(SAMPLE / "truth" / "dossiers.parquet")
    judged = dossiers.filter(pl.col("outcome_strict").is_in(["on_time", "late", "open_late"]))
    rates = (
        judged.group_by("agency_code")
        .agg(pl.len(), rate=(pl.col("outcome_strict") != "on_time").mean())
        .filter(pl.col("len") >= 200)["rate"]
    )
    assert len(rates) >= 20
    assert 0.01 < rates.quantile(0.1) < rates.quantile(0.9) < 0.10  # type: ignore[operator]


def in_time_share(dossiers: pl.DataFrame, definition: str, *, with_open: bool) -> float:
    """Share in time among the closed, and the open past due where the definition counts them."""
    outcome = pl.col(f"outcome_{definition}")
    counts = ["early", "on_time", "late", *(["open_late"] if with_open else [])]
    counted = dossiers.filter(outcome.is_in(counts))
    return counted.filter(outcome.is_in(["early", "on_time"])).height / counted.height


def test_portals_look_clearly_better_than_the_strict_count() -> None:
    dossiers = pl.read_parquet(SAMPLE / "truth" / "dossiers.parquet")
    assert in_time_share(dossiers, "portal_stated", with_open=False) >= 0.97
    assert 0.90 < in_time_share(dossiers, "strict", with_open=True) < 0.945
    land = dossiers.filter(pl.col("source_system") == "nghean_land")
    strict, law = (in_time_share(land, name, with_open=True) for name in ("strict", "strict_recomputed"))
    assert strict - law > 0.01


def test_the_way_from_the_stated_to_the_strict_rate_has_many_steps() -> None:
    dossiers = pl.read_parquet(SAMPLE / "truth" / "dossiers.parquet")
    strict, stated = pl.col("outcome_strict"), pl.col("outcome_portal_stated")
    in_time = stated.is_in(["early", "on_time"])
    without_due = pl.col("due_at").is_null()
    steps = {
        "date instead of moment": in_time & (strict == "late"),
        "no due date": in_time & without_due & (strict == "cannot_tell"),
        "open past due": (strict == "open_late") & ~in_time,
        "ended without a result": in_time & (strict == "not_applicable"),
        "second request": (pl.col("outcome_q766") == "late") & (strict == "on_time"),
        "padded": (pl.col("outcome_strict_recomputed") == "late") & (strict == "on_time"),
    }
    found = {name: dossiers.filter(differs).height for name, differs in steps.items()}
    assert min(found.values()) >= 20, found


def test_people_are_kept_out_of_version_control() -> None:
    assert f"truth/{NEVER_SHIPPED}" in (SAMPLE / ".gitignore").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("name", FOREIGN)
def test_real_deliveries_ship_whole(name: str) -> None:
    text = gzip.decompress((SAMPLE / "landing" / name).read_bytes()).decode()
    assert pl.read_csv(text.encode(), infer_schema=False).height == FOREIGN[name]


def test_every_shipped_file_has_its_source_beside_it() -> None:
    sources = (SAMPLE / "SOURCES.md").read_text(encoding="utf-8")
    patterns = [cell.split("`")[1] for cell in sources.splitlines() if cell.startswith("| `")]
    for path in SAMPLE.rglob("*"):
        name = str(path.relative_to(SAMPLE))
        if path.is_file() and name.startswith(("landing", "truth")):
            assert any(fnmatch(name, pattern) for pattern in patterns), name
    listed = (SAMPLE / "reference" / "SOURCE.md").read_text(encoding="utf-8")
    assert all(path.name in listed for path in (SAMPLE / "reference").glob("*.gz"))


def test_equal_options_give_equal_bytes_in_another_process(tmp_path: Path) -> None:
    options = "dossiers=600, first_month='2024-12', last_month='2025-01'"
    script = f"""
from pathlib import Path
from pipelines.sample import GenerateOptions, generate
generate(GenerateOptions({options}), Path({str(tmp_path / "other")!r}))
"""
    environment = os.environ | {"PYTHONHASHSEED": "4711", "POLARS_MAX_THREADS": "1"}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, cwd=PROJECT_ROOT)
    for run in ("one", "two"):
        generate(GenerateOptions(dossiers=600, first_month="2024-12", last_month="2025-01"), tmp_path / run)
    one, two, other = (
        {path.relative_to(root): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
        for root in (tmp_path / "one", tmp_path / "two", tmp_path / "other")
    )
    assert one == two == other


def test_another_seed_gives_another_province(tmp_path: Path) -> None:
    counts = {"dossiers": 300, "first_month": "2025-02", "last_month": "2025-02"}
    for seed in (1, 2):
        generate(GenerateOptions(seed=seed, **counts), tmp_path / str(seed))
    one, two = (pl.read_parquet(tmp_path / str(seed) / "truth" / "dossiers.parquet") for seed in (1, 2))
    assert one.height == pytest.approx(two.height, abs=3)
    assert not one["received_at"].equals(two["received_at"])


def test_a_second_generation_leaves_other_files_alone(tmp_path: Path) -> None:
    counts = {"dossiers": 300, "formats": ("nghean_land",)}
    generate(GenerateOptions(first_month="2025-02", last_month="2025-03", **counts), tmp_path)
    own = tmp_path / "landing" / "dossiers" / "own.csv"
    own.write_text("x", encoding="utf-8")
    generate(GenerateOptions(first_month="2025-03", last_month="2025-03", **counts), tmp_path)
    names = sorted(path.name for path in own.parent.iterdir())
    assert names == ["own.csv", "so-ho-so-dat-dai 2025-04-01.csv.gz"]
