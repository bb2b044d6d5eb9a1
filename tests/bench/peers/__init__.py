"""What somebody might use instead: each peer is one script with its own requirements, run by `compare.py`."""
