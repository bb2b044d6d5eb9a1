"""Đúng Hẹn: the data pipeline that sees whether public services keep their promises.

A delivered file travels contracts → ingestion → warehouse → quality → publishing → reporting; each
package holds plain functions, and one thin module shows them to Dagster. Imports run in that one
direction only. `docs/architecture.md` explains the way.
"""
