"""From accepted rows to facts and marts: dbt, and the one writer's lock.

Here: how dbt is called, and how its models appear in Dagster.
Not here: the models; they are SQL in `dbt_project/`.
Explained in docs/architecture.md, "Accepted → modelled".
"""
