"""Names of features within polars, which reads some as patterns."""

_MARK = "\N{WORD JOINER}"


def plain_name(name: str) -> str:
    """Return the name of a feature within polars, which reads ``*`` as all columns.

    What is between ``^`` and ``$`` it reads as a pattern, even of a single series. An
    invisible character in front makes a name of either; `shown_name` takes it away.
    """
    is_pattern = name == "*" or (name.startswith("^") and name.endswith("$"))
    return _MARK + name if is_pattern else name


def shown_name(name: str) -> str:
    """Return the name that a feature has in its view."""
    return name.removeprefix(_MARK)
