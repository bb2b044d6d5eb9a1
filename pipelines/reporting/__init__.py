"""What people read: the summary in the terminal; later pages, workbooks and charts.

Here: words and layout over what is published; it opens nothing but the published build.
Not here: figures; each comes from a mart.
Explained in docs/architecture.md, "Published → read".
"""
