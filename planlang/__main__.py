"""`python -m planlang`, and the command `plan`."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one command line and give its exit code. No exception leaves it, and no traceback without `--debug`."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        from .cli import dispatch

        code = dispatch(given)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the last guard: whatever happens, a person reads a sentence
        from .guard import explained

        return explained(error, debug="--debug" in given)
    return code


if __name__ == "__main__":
    sys.exit(main())
