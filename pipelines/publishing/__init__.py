"""From the checked warehouse to what readers open: built beside, verified, switched in one rename.

Here: builds, the switch and the way back, what must never be in a build.
Not here: whether a build may be published (`pipelines.quality`), reports and pages (`pipelines.reporting`).
Explained in docs/operator.md, "Published builds".
"""
