"""A figure: the query that makes it, what it takes, and what its rows tell."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stellarwh.glossary import glossary_unit
from stellarwh.report.quantities import quantity


@dataclass(frozen=True)
class Column:
    """One column of a figure.

    Parameters
    ----------
    name : str
        As the query calls it.
    description : str
        What it holds.
    quantity : str
        Name in the glossary of what it holds, or ``$parameter`` whose value is one;
        gives unit, label and decimals.
    unit : str
        As VOUnits spells it; of `quantity` where that is given.
    label : str
        What an axis says, with the unit.
    digits : int
        Decimals in words.
    is_reversed : bool
        Whether larger values stand left or at the bottom.
    """

    name: str
    description: str
    quantity: str = ""
    unit: str = ""
    label: str = ""
    digits: int = 2
    is_reversed: bool = False

    def resolved(self, parameters: Mapping[str, Any]) -> "Column":
        """Return the column with the unit and label of its quantity."""
        name = self.quantity
        if name.startswith("$"):
            name = str(parameters.get(name[1:]) or "")
        if not name:
            return self
        return replace(
            self,
            quantity=name,
            unit=glossary_unit(name),
            label=self.label or quantity(name).label,
        )


@dataclass(frozen=True)
class Parameter:
    """What a figure may be asked for.

    Parameters
    ----------
    name : str
        Of the ``$name`` in its query.
    description : str
        What a value means.
    is_required : bool
        Whether there is no figure without one; else NULL stands for all.
    choices : tuple of str
        All values that there are; none where the warehouse says which.
    known : str
        File of ``queries/known`` that gives the values that the warehouse has.
    """

    name: str
    description: str
    is_required: bool = True
    choices: tuple[str, ...] = ()
    known: str = ""


@dataclass(frozen=True)
class Figure:
    """What makes one figure.

    Parameters
    ----------
    name : str
        What it is asked by.
    title : str
        What it is called on a page or in a file.
    steps : tuple of str
        Files of ``queries`` without their endings, each of which may read those before
        it: ``places/name`` as ``places``, ``points/name`` as ``points``,
        ``frames/name`` as ``frame``, others under their own names; the last one gives
        the rows.
    needs : tuple of str
        Tables and views of the warehouse that it reads.
    columns : tuple of Column
        All that its rows have.
    parameters : tuple of Parameter
        What it may be asked for.
    """

    name: str
    title: str
    steps: tuple[str, ...]
    needs: tuple[str, ...]
    columns: tuple[Column, ...]
    parameters: tuple[Parameter, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the steps that several figures share."""
        return tuple(
            step.removeprefix("sources/")
            for step in self.steps
            if step.startswith("sources/")
        )


@dataclass(frozen=True)
class Asked:
    """A figure, and the values that it is asked with.

    Parameters
    ----------
    figure : Figure
        What is asked for.
    parameters : mapping
        A value of each of its parameters.
    """

    figure: Figure
    parameters: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of the figure."""
        return self.figure.name

    @property
    def columns(self) -> tuple[Column, ...]:
        """The figure's columns, with the units that the parameters give them."""
        return tuple(c.resolved(self.parameters) for c in self.figure.columns)

    def column(self, name: str) -> Column:
        """Return one of them."""
        found = next(c for c in self.figure.columns if c.name == name)
        return found.resolved(self.parameters)
