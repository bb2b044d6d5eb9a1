"""Figures, printed; nothing here asserts a time, and pytest collects nothing."""
