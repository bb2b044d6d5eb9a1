"""From a delivered file to accepted rows, quarantine and a ledger entry.

Here: reading, recognising, typing, pseudonyms and the lake's files.
Add here: a reader of a new file format (`readers/`).
Not here: anything that needs two files at once; that is modelled in `dbt_project/`.
Explained in docs/architecture.md, "Delivered → accepted".
"""
