"""The base of every failure that a user can mend.

Here: one class, whose message the command line shows without a traceback, and the same for what the
operating system refuses.
Not here: defects of the product; they show their trace.
"""

import errno

_REMEDIES = {
    errno.EACCES: "give this user the right to it",
    errno.EPERM: "give this user the right to it",
    errno.EROFS: "the disk is read-only; use another folder",
    errno.ENOSPC: "free space on its disk",
    errno.EDQUOT: "free space on its disk",
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "check the path; a part of it is a file",
}


class Refusal(Exception):
    """Something outside the code is not as it must be; the message says what and how to mend it."""


def refused_by_system(error: OSError) -> str:
    """What the operating system refused, on which path, and what to do, in one line."""
    said = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
    code = errno.EACCES if isinstance(error, PermissionError) else error.errno or 0
    return f"{said} → {_REMEDIES.get(code, 'mend this')} and try again"
