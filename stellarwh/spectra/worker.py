"""A process of `workers`: reads what it is asked for, and writes what came of it."""

import pickle
import signal
import sys

from stellarwh.spectra.work import Work


def main() -> None:
    """Answer until nobody asks any more."""
    # An interrupt of the terminal reaches every process; who asked ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    # What a library prints must not stand between the answers.
    sys.stdout = sys.stderr
    try:
        work = Work(*pickle.load(asked))
        while True:
            what, of = pickle.load(asked)
            try:
                answer = True, getattr(work, what)(of)
            except Exception as error:
                answer = False, error
            pickle.dump(answer, answers)
            answers.flush()
    except (EOFError, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
