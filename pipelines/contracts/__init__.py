"""What may be delivered: kinds, sources and the systems behind them, as validated data.

Here: the YAML files, their models and the loader.
Add here: a source of a new portal (`sources/`), a word of a known portal (`code_maps.yaml`).
Not here: how a file is read (`pipelines.ingestion`), what is made of it (`dbt_project/`).
Explained in docs/data-team.md, "A new portal".
"""

from pipelines.contracts.loader import Catalogue, ContractError, Problem, load_catalogue
from pipelines.contracts.models import Column, Kind, Part, Source, SourceSystem
from pipelines.contracts.reasons import Reason, load_reasons

__all__ = [
    "Catalogue",
    "Column",
    "ContractError",
    "Kind",
    "Part",
    "Problem",
    "Reason",
    "Source",
    "SourceSystem",
    "load_catalogue",
    "load_reasons",
]
