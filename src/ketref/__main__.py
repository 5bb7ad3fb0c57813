"""What do `python -m ketref` and the command `ketref` run?"""

import signal
import sys


def run() -> int:
    """Run the command that the command line names, and return its exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until `main` ends in order: a traceback tells a user nothing
    from ketref.cli.main import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
