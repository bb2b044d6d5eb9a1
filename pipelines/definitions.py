"""The code location that Dagster loads.

Here: one name. Not here: anything else; `build.py` puts the parts together.
"""

from pipelines.build import build_defs

defs = build_defs()
