"""Become another program that ends with its parent, whatever ends the parent; run as a file, not imported.

    python -I -S tethered.py PARENT_PID PROGRAM ARGUMENT …

When the parent is gone the kernel sends SIGKILL, which a stopped program hears too (prctl(2), PR_SET_PDEATHSIG), and
that wish survives execve. Where there is no prctl (not Linux), only an orderly end of the parent ends the program.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask for the signal, make sure that the parent has not gone meanwhile, and become the program."""
    parent, program, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        sys.exit("the parent is gone")
    os.execv(program, [program, *arguments])  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main()
