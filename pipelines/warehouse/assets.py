"""The dbt models and tests as Dagster assets and checks.

Here: the translator (key and group from the folder, as the schema is) and the one dbt call.
Not here: how dbt is set up (`dbt.py`).
Explained in docs/architecture.md, "Accepted → modelled".
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

from pipelines.resources import OWNERS, WriterLock
from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse
from pipelines.warehouse.dbt import (
    build_arguments,
    dbt_environment,
    ensure_manifest,
    environment,
    run_environment,
)
from pipelines.warehouse.manifest import standing_nodes
from pipelines.warehouse.runs import accepted_now, begin, built_before, decide


class Translator(DagsterDbtTranslator):
    """Names in Dagster are the names on disk: layer and thing."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """`[layer, model]`; a source's key is written in its YAML."""
        if dbt_resource_props["resource_type"] == "source":
            return super().get_asset_key(dbt_resource_props)
        return dg.AssetKey([_layer(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The layer, by the same rule as the schema."""
        return _layer(dbt_resource_props)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str]:  # noqa: ARG002
        """The data team."""
        return OWNERS

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The model's own description, without its SQL."""
        return str(dbt_resource_props.get("description", ""))


# No step makes it: a run writes it when it has ended well (`macros/nights.sql`), and the next one reads it.
BUILT_FILES = dg.AssetSpec(
    ["built", "built_files"],
    group_name="ops",
    kinds={"duckdb"},
    owners=OWNERS,
    description="Các tệp mà lần chạy trước đã đưa vào kho; nhờ đó đêm nay chỉ làm lại phần mới. "
    "The files whose rows the warehouse held after the run before, so that a night makes only what is new. "
    "Each run writes it at its own end; there is nothing to materialize here. One row a file and kind.",
)


def _layer(properties: Mapping[str, Any]) -> str:
    return "reference" if properties["resource_type"] == "seed" else str(properties["fqn"][1])


def dbt_project(settings: Settings) -> DbtProject:
    """The project with its own target folder."""
    return DbtProject(project_dir=settings.dbt_project, target_path=settings.dbt_target)


def dbt_resource(settings: Settings) -> DbtCliResource:
    """The dbt command line, set up for these folders."""
    return DbtCliResource(
        project_dir=dbt_project(settings),
        profiles_dir=str(settings.dbt_project),
        dbt_executable=str(Path(sys.executable).parent / "dbt"),
    )


def warehouse_assets(settings: Settings) -> dg.AssetsDefinition:
    """All models, seeds and tests in one dbt call, so that DuckDB has one writer."""
    manifest = ensure_manifest(settings)

    @dbt_assets(
        manifest=manifest,
        project=dbt_project(settings),
        dagster_dbt_translator=Translator(),
        name="warehouse",
    )
    def warehouse(
        context: dg.AssetExecutionContext,
        dbt: DbtCliResource,
        writer: WriterLock,  # noqa: ARG001
    ) -> Iterator[Any]:
        now = accepted_now(settings)
        run = decide(built_before(settings), now)
        context.log.info(f"making the {run.scope}: {run.reason}")
        begin(settings, run, now)
        if run.scope == "whole":
            # a file made anew is as large as what it holds; DuckDB keeps the room of what it replaces
            for file in (settings.warehouse, settings.analytics):
                file.unlink(missing_ok=True)
                file.with_name(f"{file.name}.wal").unlink(missing_ok=True)
        arguments = build_arguments(run.scope, standing_nodes(manifest))
        with environment(dbt_environment(settings) | run_environment(run.scope)):
            call = dbt.cli(arguments, context=context, target_path=settings.dbt_target)
        yield from in_their_order(with_row_counts(call.stream(), settings), context.assets_def, run.reason)

    return warehouse


def in_their_order(events: Iterable[Any], assets: dg.AssetsDefinition, reason: str) -> Iterator[Any]:
    """The events of a dbt call, each asset after those it reads, and what was said about them at the end.

    What a night leaves as it is has been made all the same, or nothing after it would run.
    """
    held = list(events)
    made = {event.output_name: event for event in held if isinstance(event, dg.Output)}
    names = {key: name for name, key in assets.keys_by_output_name.items()}
    before = {key: [k for k in assets.asset_deps[key] if k in names] for key in names}
    for key in TopologicalSorter(before).static_order():
        name = names[key]
        yield made.get(name) or dg.Output(None, name, metadata={"as_before": reason})
    yield from (event for event in held if not isinstance(event, dg.Output))


def with_row_counts(events: Iterable[Any], settings: Settings) -> Iterator[Any]:
    """The events of a dbt call, with the number of rows of each table it made; views are not counted.

    dbt holds the files while it runs, so the events wait for its end, and then one connection counts all.
    """
    held = list(events)
    with open_warehouse(settings, read_only=True) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        counts = {
            name: con.execute(f'select count(*) from "{schema}"."{name}"').fetchall()[0][0]  # noqa: S608
            for schema, name in tables
        }
    for event in held:
        name = str(event.metadata["unique_id"].value).split(".")[-1] if isinstance(event, dg.Output) else None
        if name in counts:
            yield event.with_metadata({**event.metadata, "dagster/row_count": counts[name]})
        else:
            yield event
