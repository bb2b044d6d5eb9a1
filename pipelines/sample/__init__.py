"""A synthetic portal with a known truth: realistic exports of a province, without a real person.

Here: `generate` writes exports and their truth, `deliver_sample` puts the shipped sample into landing.
Not here: anything of the pipeline; only contracts may be imported, so that the truth stays a witness.
Explained in docs/data-team.md, "The synthetic portal", and data/sample/SOURCES.md.
"""

from pipelines.sample.deliver import deliver_sample
from pipelines.sample.generate import generate
from pipelines.sample.options import EXPORTS, GenerateOptions, GenerateReport

__all__ = ["EXPORTS", "GenerateOptions", "GenerateReport", "deliver_sample", "generate"]
