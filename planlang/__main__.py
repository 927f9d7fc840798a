"""`python -m planlang`, and the command `plan`."""

from __future__ import annotations

import gc
import signal
import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one command line and give its exit code. No exception leaves it, and no traceback without `--debug`.

    Without `arguments` it takes those of the process, which it then expects to end.
    """
    if arguments is not None:
        return _guarded(arguments)
    # Imports leave no garbage, and looking for it takes a tenth of a short run. `arguments.load` switches the collector
    # on again before a plan runs. What is alive at the end need not be looked through either.
    gc.disable()
    reconfigure = getattr(sys.stdout, "reconfigure", None)  # what stands in for it may lack it
    if reconfigure is not None:
        # A character that the terminal's encoding lacks, or half a surrogate pair, is shown as an escape.
        reconfigure(errors="backslashreplace")
    code = _guarded(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done and told: what is left takes no time
    gc.freeze()
    return code


def _guarded(arguments: list[str]) -> int:
    try:
        from .cli import dispatch

        code = dispatch(arguments)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the last guard: whatever happens, a person reads a sentence
        from .guard import explained

        return explained(error, debug="--debug" in arguments)
    return code


if __name__ == "__main__":
    sys.exit(main())
