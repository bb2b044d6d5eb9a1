"""What is expected of the data, what breaks it, and what to do about each case.

Here: the rules (`rules.yaml`), the flags written from them, the Great Expectations suites built from them.
Add here: a rule, as an entry of `rules.yaml`; it needs no Python.
Not here: what a status, an outcome or a working day is (`dbt_project/`), alerts (`pipelines.orchestration`).
Explained in docs/data-team.md, "Expectations".
"""
