"""The command line: the same steps as in the Dagster UI, for a terminal.

Here: words and options; every command calls one function of the package it is about.
Not here: anything a test would want to call without a terminal.
Explained in README.md and docs/operator.md.
"""

from __future__ import annotations

import os
import socket
import sys
from functools import partial
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated

import typer

from pipelines.environment import prepare_environment
from pipelines.errors import Refusal, refused_by_system
from pipelines.settings import PROJECT_ROOT, Settings

app = typer.Typer(
    name="dunghen",
    help="Đúng Hẹn: whether public services keep their promises. Every dossier, every rule, every night.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
LOOPBACK = "127.0.0.1"


def main() -> None:
    """Run a command; an expected failure is one clear line and exit code 1, never a traceback."""
    try:
        app()
    except (Refusal, OSError) as error:
        said = refused_by_system(error) if isinstance(error, OSError) else error
        typer.secho(f"✗ {said}", fg="red", err=True)
        sys.exit(1)


@app.command()
def refresh(
    force: Annotated[bool, typer.Option(help="Build and publish even if nothing changed.")] = False,
) -> None:
    """Ingest what was delivered, build, check, publish; then say what came of it."""
    from pipelines.orchestration.refresh import run_refresh
    from pipelines.reporting.summary import print_summary

    settings = _settings()
    result = run_refresh(settings, force=force, say=partial(typer.echo, file=sys.stdout))
    print_summary(settings, result.seconds if result.ran else None)


@app.command("deliver-sample")
def deliver_sample(
    if_empty: Annotated[
        bool, typer.Option(help="Say nothing when files have been delivered already.")
    ] = False,
) -> None:
    """Put the deliveries that ship with the project into an empty landing folder."""
    from pipelines.sample.deliver import deliver_registers
    from pipelines.sample.deliver import deliver_sample as deliver

    settings = _settings()
    deliver_registers(settings.registers, PROJECT_ROOT / "data" / "registers")
    count = deliver(settings.landing, PROJECT_ROOT / "data" / "sample")
    if count:
        typer.echo(f"The landing folder was empty: {count} sample files were put into {settings.landing}.")
    elif not if_empty:
        typer.echo(f"{settings.landing} holds deliveries already; the sample is never mixed with them.")


@app.command()
def generate(
    out: Annotated[Path, typer.Option(help="Folder for `landing/` and `truth/`.")],
    dossiers: Annotated[int, typer.Option(min=100, help="How many dossiers.")] = 41_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 2026,
    first_month: Annotated[
        str | None, typer.Option(help="YYYY-MM; 2024-01 for portals, else 2020-01.")
    ] = None,
    last_month: Annotated[str, typer.Option(help="YYYY-MM")] = "2026-10",
    agencies: Annotated[int | None, typer.Option(min=1, help="How many communes take part.")] = None,
    fault: Annotated[
        list[str] | None, typer.Option(help="RATE of one fault, as name=0.01; repeatable.")
    ] = None,
    layout: Annotated[
        str,
        typer.Option(
            help="portals (three, with all their habits); made for volume, one portal: csv (a file a month), "
            "html, xlsx, json (one file)."
        ),
    ] = "portals",
    night: Annotated[
        int, typer.Option(min=0, help="Rows of one more delivery, a day later, in `night/`; not for portals.")
    ] = 0,
) -> None:
    """Make exports of a synthetic portal, and beside them the truth a perfect pipeline finds."""
    from pipelines.sample import GenerateOptions
    from pipelines.sample import generate as make

    try:
        options = GenerateOptions(
            seed=seed,
            dossiers=dossiers,
            first_month=first_month,
            last_month=last_month,
            agencies=agencies,
            fault_rates=dict(_rate(word) for word in fault or []),
            layout=layout,
            night=night,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    typer.echo(make(options, out))


def _rate(word: str) -> tuple[str, float]:
    name, _, rate = word.partition("=")
    try:
        return name, float(rate)
    except ValueError:
        raise typer.BadParameter(f"'{word}' is not of the form name=0.01") from None


@app.command("check-source")
def check_source(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A file as the portal exported it.")
    ],
    kind: Annotated[str, typer.Option(help="dossiers, ratings, …")] = "dossiers",
) -> None:
    """Say what ingestion would make of a file; draft a source YAML if no source fits."""
    from pipelines.ingestion.explain import explain
    from pipelines.ingestion.ingest import Ingestion
    from pipelines.reporting.explanation import print_explanation

    one = Ingestion.of(_settings())
    if kind not in one.catalogue.kinds:
        raise typer.BadParameter(f"there is no kind '{kind}'; use one of {', '.join(one.catalogue.kinds)}")
    print_explanation(file, explain(one, file, kind))


@app.command("check-registers")
def check_registers() -> None:
    """Say, row by row, what is wrong in the registers that people keep; in Vietnamese, for their keepers."""
    from pipelines.ingestion.clerk import check_registers as check
    from pipelines.ingestion.ingest import Ingestion

    settings = _settings()
    checked = check(Ingestion.of(settings))
    for one in checked:
        typer.echo(f"{one.relative_path}: {one.rows} dòng, {len(one.complaints) or 'không có'} lỗi")
        for complaint in one.complaints:
            typer.echo(f"  {complaint}")
    if any(one.complaints for one in checked):
        raise Refusal("các dòng có lỗi chưa được dùng → sửa rồi chạy lại `dunghen check-registers`")


@app.command()
def summary() -> None:
    """Show the summary of the published build again."""
    from pipelines.reporting.summary import print_summary

    print_summary(_settings())


@app.command()
def query(sql: Annotated[str, typer.Argument(help="A query on the published database.")]) -> None:
    """Show the answer of the published database to a query."""
    import duckdb

    database = _settings().published / "analytics.duckdb"
    if not database.exists():
        raise Refusal(f"{database} is not there → run `dunghen refresh` first")
    with duckdb.connect(str(database), read_only=True) as con:
        try:
            answer = con.sql(sql)
        except duckdb.Error as error:
            raise Refusal(f"the database refused the query: {error}") from error
        if answer is not None:  # a statement without an answer, or nothing but blanks
            answer.show(max_width=get_terminal_size().columns)


@app.command()
def bridge(
    first: Annotated[str, typer.Argument(help="Definition to start from.")] = "portal_stated",
    second: Annotated[str, typer.Argument(help="Definition to arrive at.")] = "q766",
    register: Annotated[str | None, typer.Option(help="Agencies of one register.")] = None,
    system: Annotated[str | None, typer.Option(help="One source system.")] = None,
    agency: Annotated[str | None, typer.Option(help="Agency as it was: its key or code.")] = None,
    as_is_agency: Annotated[str | None, typer.Option(help="Agency as it is now: its code.")] = None,
    field: Annotated[str | None, typer.Option(help="Field of administration.")] = None,
    first_month: Annotated[str | None, typer.Option(help="YYYY-MM")] = None,
    last_month: Annotated[str | None, typer.Option(help="YYYY-MM")] = None,
    chart: Annotated[Path | None, typer.Option(help="Also draw it into this .svg or .png file.")] = None,
) -> None:
    """Lead from one on-time rate to another, step by step."""
    from pipelines.reporting.bridge_terminal import print_bridge

    print_bridge(
        _settings(),
        (first, second),
        {
            "register": register,
            "system": system,
            "agency": agency,
            "as_is_agency": as_is_agency,
            "field": field,
            "first_month": first_month and f"{first_month}-01",
            "last_month": last_month and f"{last_month}-01",
        },
        chart,
    )


@app.command()
def dictionary(
    out: Annotated[Path, typer.Option(help="Folder for both pages.")] = PROJECT_ROOT / "docs",
) -> None:
    """Write the data dictionary again, in English and in Vietnamese, from what the models say."""
    from pipelines.reporting.dictionary import write_dictionary

    for page in write_dictionary(_settings(), out):
        typer.echo(f"Written: {page}")


@app.command()
def builds() -> None:
    """List the builds that are kept; the published one is marked."""
    from pipelines.publishing.publish import list_builds

    for build in list_builds(_settings()):
        typer.echo(
            f"{'→' if build.is_current else ' '} {build.build_id}  {build.built_at:%Y-%m-%d %H:%M} UTC"
        )


@app.command()
def rollback(
    to: Annotated[
        str | None, typer.Argument(help="Build id; without it, the one before the published one.")
    ] = None,
) -> None:
    """Publish an earlier build again; one rename, readers are never blocked."""
    from pipelines.publishing.publish import rollback as roll_back

    build = roll_back(_settings(), to)
    typer.echo(f"Published again: {build.build_id}")


@app.command()
def ui(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port on the loopback interface.")] = 3000,
) -> None:
    """Open the Dagster UI together with the daemon that runs schedule and sensor."""
    _must_be_free(port)
    settings = _settings()
    from pipelines.warehouse.dbt import ensure_manifest

    ensure_manifest(settings)
    dagster = str(Path(sys.executable).parent / "dagster")
    arguments = [
        dagster,
        "dev",
        "--module-name",
        "pipelines.definitions",
        "--host",
        LOOPBACK,
        "--port",
        str(port),
    ]
    typer.echo(f"Dagster UI: http://{LOOPBACK}:{port}  (Ctrl-C stops it)")
    os.chdir(settings.root)
    os.execv(dagster, arguments)  # noqa: S606 (arguments are our own)


def _must_be_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise Refusal(
                f"port {port} of {LOOPBACK}: {error.strerror} → take another one: `make ui PORT={port + 1}`"
            ) from error


@app.command("validate")
def validate() -> None:
    """Check contracts and Dagster definitions without running anything."""
    settings = _settings()
    from pipelines.contracts import load_catalogue

    catalogue = load_catalogue(settings.contracts)
    typer.echo(f"{len(catalogue.kinds)} kinds and {len(catalogue.sources)} sources are valid.")
    dagster = str(Path(sys.executable).parent / "dagster")
    os.chdir(settings.root)
    os.execv(dagster, [dagster, "definitions", "validate", "--module-name", "pipelines.definitions"])  # noqa: S606


def _settings() -> Settings:
    settings = Settings.load()
    prepare_environment(settings)
    return settings
