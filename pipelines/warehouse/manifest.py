"""What the parsed dbt project says about its models.

Here: reading `manifest.json` without dbt.
Not here: making it (`dbt.py`).
Explained in docs/architecture.md, "Accepted → modelled".
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path


def keys_in_layers(manifest: Path, layers: Collection[str]) -> list[tuple[str, str]]:
    """Layer and name of every model and seed of the given layers, sorted."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    found = {
        ("reference" if node["resource_type"] == "seed" else node["fqn"][1], node["name"])
        for node in nodes
        if node["resource_type"] in ("model", "seed")
    }
    return sorted(key for key in found if key[0] in layers)
