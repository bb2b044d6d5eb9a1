"""What the parsed dbt project says about its models.

Here: reading `manifest.json` without dbt.
Not here: making it (`dbt.py`).
Explained in docs/architecture.md, "Accepted → modelled".
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any


def keys_in_layers(manifest: Path, layers: Collection[str]) -> list[tuple[str, str]]:
    """Layer and name of every model and seed of the given layers, sorted."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    found = {
        ("reference" if node["resource_type"] == "seed" else node["fqn"][1], node["name"])
        for node in nodes
        if node["resource_type"] in ("model", "seed")
    }
    return sorted(key for key in found if key[0] in layers)


# What a night delivers; everything that hangs on none of these is as the run before left it.
MOVING_SOURCES = frozenset(
    {
        "dossiers",
        "ratings",
        "processing_log",
        "published_scores",
        "ingestion_ledger",
        "quarantine",
        "built_files",
        "held_registers",  # a register put back as it once was brings no new file
    }
)


def standing_nodes(manifest: Path) -> list[str]:
    """Names of the seeds, models and tests that no file of a night can change, sorted."""
    content = json.loads(manifest.read_text(encoding="utf-8"))
    moving = {key for key, source in content["sources"].items() if source["name"] in MOVING_SOURCES}
    waiting = list(moving)
    while waiting:
        for child in content["child_map"].get(waiting.pop(), ()):
            if child not in moving:
                moving.add(child)
                waiting.append(child)
    nodes = content["nodes"].items()
    return sorted(node["name"] for key, node in nodes if key not in moving and _is_built(node))


def _is_built(node: dict[str, Any]) -> bool:
    return node["resource_type"] in ("seed", "model", "test")
