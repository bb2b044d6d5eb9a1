"""When things run: resources, the job, its schedule and its sensor.

Here: everything about time and triggers.
Not here: what is done (`assets.py` of each step).
Explained in docs/operator.md, "Every night".
"""
