"""A process of `workers`: reads what it is asked for, and writes what came of it."""

import os
import pickle
import signal

from stellarwh.spectra.work import Work


def main() -> None:
    """Answer until nobody asks any more."""
    # An interrupt of the terminal reaches every process; who asked ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked, answers = os.fdopen(0, "rb"), os.fdopen(os.dup(1), "wb")
    # What a library prints must not stand between the answers.
    os.dup2(2, 1)
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
