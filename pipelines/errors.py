"""The base of every failure that a user can mend.

Here: one class; the command line shows its message without a traceback.
Not here: defects of the product; they show their trace.
"""


class Refusal(Exception):
    """Something outside the code is not as it must be; the message says what and how to mend it."""
