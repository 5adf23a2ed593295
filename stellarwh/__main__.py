"""``python -m stellarwh`` is the command line."""

from stellarwh.cli import main

if __name__ == "__main__":
    main()
