"""Tests, by what they promise: unit, integration, e2e, bench."""
