"""``python -m tests.mutation``: see `tests.mutation.run`."""

from tests.mutation.run import main

if __name__ == "__main__":
    main()
