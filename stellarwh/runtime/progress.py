"""How the parts of a work tell how far they are, whoever may be listening."""


class Progress:
    """Hears how far the work is, and keeps it to itself.

    What takes long takes one of these as ``progress``, `UNTOLD` by default;
    `stellarwh.cli.console.progress` makes those that a user sees. Any thread may
    call.
    """

    def stage(self, text: str, total: float | None = None) -> None:
        """Say what is being done from now on.

        Parameters
        ----------
        text : str
            In the user's words and short: ``"galah_labels: fe_h, fold 3 of 5"``.
        total : float, optional
            Count from nothing towards this; without it the count goes on as it stands.
        """

    def expect(self, total: float | None) -> None:
        """Set the amount of work, where it is known only once the work began."""

    def advance(self, amount: float = 1) -> None:
        """Add ``amount`` to the work done."""

    def reach(self, done: float, total: float | None, text: str | None = None) -> None:
        """Say how much of how much is done, and of what.

        Parameters
        ----------
        done, total : float
            In the same unit; ``total`` is None where nobody knows.
        text : str, optional
            As `stage` takes it.
        """


UNTOLD = Progress()
