"""What is told of a star: stages of steps, each with the SQL that shows it."""

from dataclasses import dataclass, field
from typing import Any

_SQL_INDENT = "      "


@dataclass(frozen=True)
class Step:
    """Something that is told, and the query that shows it.

    Attributes
    ----------
    lines : tuple of str
        In words.
    sql : str
        A query that anybody can run on the warehouse, to its semicolon.
    rows : tuple of dict
        What it gives.
    """

    lines: tuple[str, ...]
    sql: str
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Stage:
    """One stage of the way from catalogues to values.

    Attributes
    ----------
    name : str
        ``who``, ``raw``, ``nulls``, ``match``, ``scale``, ``value`` or ``doubts``;
        of a star that has spectra ``spectra``, too.
    title : str
        What it is, for a person.
    steps : tuple of Step
    """

    name: str
    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Explanation:
    """How the values of one star came to be.

    Attributes
    ----------
    asked : str
        What the star was called by.
    taken_for : str
        As what that was found.
    star_id : int
    quantities : tuple of str
    is_simulated : bool
        Whether a catalogue that the star is in is simulated.
    stages : tuple of Stage

    Examples
    --------
    >>> import stellarwh
    >>> with stellarwh.open(warehouse) as wh:
    ...     star = wh.sql("from main.stars limit 1").to_arrow()["star_id"][0].as_py()
    ...     told = wh.explain(star, quantity="teff")
    >>> [stage.name for stage in told.stages]
    ['who', 'raw', 'nulls', 'match', 'scale', 'value', 'doubts']
    >>> told.is_simulated
    True
    """

    asked: str
    taken_for: str
    star_id: int
    quantities: tuple[str, ...]
    is_simulated: bool
    stages: tuple[Stage, ...] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dicts, lists, texts and numbers."""
        return {
            "asked": self.asked,
            "taken_for": self.taken_for,
            "star_id": self.star_id,
            "quantities": list(self.quantities),
            "is_simulated": self.is_simulated,
            "stages": [
                {
                    "name": stage.name,
                    "title": stage.title,
                    "steps": [
                        {
                            "lines": list(step.lines),
                            "sql": step.sql,
                            "rows": [dict(row) for row in step.rows],
                        }
                        for step in stage.steps
                    ],
                }
                for stage in self.stages
            ],
        }

    def __str__(self) -> str:
        """Return it as lines for a person, the SQL below what it shows."""
        lines = [f"{self.asked} is star {self.star_id} ({self.taken_for})"]
        if self.is_simulated:
            lines.append("SIMULATED: it is in simulated catalogues")
        for number, stage in enumerate(self.stages, 1):
            lines += ["", f"{number} {stage.title}"]
            for step in stage.steps:
                lines += [f"  {line}" for line in step.lines]
                lines += [f"{_SQL_INDENT}{line}" for line in step.sql.splitlines()]
        return "\n".join(lines)
