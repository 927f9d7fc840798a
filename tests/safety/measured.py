"""Runs a command, and writes what it cost to a file: `python measured.py FILE COMMAND …`.

A process begins with the peak memory of the one that started it. Between the tests, which may hold models, and the
command stands this small program, so that the peak measured is the command's own.
"""

import os
import resource
import signal
import subprocess
import sys


def contain() -> None:
    """What ends a command that gets out of hand, so that the tests go on."""
    resource.setrlimit(resource.RLIMIT_CPU, (15, 15))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (6 * 2**30, 6 * 2**30))
    signal.alarm(60)


def main() -> None:
    """Run it, and write its exit code, CPU seconds and peak memory in KiB."""
    process = subprocess.Popen(sys.argv[2:], preexec_fn=contain)  # noqa: PLW1509 - it only sets limits
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    with open(sys.argv[1], "w", encoding="ascii") as out:  # noqa: PTH123 - no further imports
        out.write(f"{process.returncode} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}")


main()
