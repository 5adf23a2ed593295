"""What a function of a query takes and gives."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = [
    "GEOMETRIES",
    "NUMBERS",
    "Argument",
    "Form",
    "Function",
    "declared",
    "form_of",
]

NUMBERS = frozenset({"SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE"})
GEOMETRIES = frozenset({"POINT", "CIRCLE", "POLYGON", "REGION"})


@dataclass(frozen=True)
class Argument:
    """What a function takes in one place.

    Parameters
    ----------
    name : str
        What it is called in the signature.
    type : str
        One of ADQL's types; ``REGION`` for any geometry.
    is_literal : bool
        Whether it is written out: a text in quotes, or a whole number.
    """

    name: str
    type: str
    is_literal: bool = False

    def takes(self, kind: str, is_literal: bool) -> bool:
        """Whether a value of a type fits; an empty type is not known and does.

        The grammar of ADQL lets a literal stand in most places, of whichever type; what
        is made of ``POINT(ra, '12')`` is not its matter.
        """
        if self.is_literal:
            return is_literal and (kind == "VARCHAR") == (self.type == "VARCHAR")
        if self.type == "POINT":
            return kind in ("", "POINT")
        if self.type in GEOMETRIES:
            return kind not in GEOMETRIES or self.type in ("REGION", kind)
        if kind in GEOMETRIES:
            return False
        if not kind or is_literal:
            return True
        if self.type in NUMBERS:
            return kind in NUMBERS
        return kind == self.type or (self.type, kind) == ("TIMESTAMP", "VARCHAR")


@dataclass(frozen=True)
class Form:
    """One way to call a function: what it takes, and the type of what it gives."""

    arguments: tuple[Argument, ...]
    returns: str


@dataclass(frozen=True)
class Function:
    """A function that a query may call.

    Parameters
    ----------
    name : str
        In upper case if it is ADQL's own, else in lower case.
    forms : tuple of Form
        The ways to call it.
    description : str
        One sentence, as /capabilities shows it.
    feature : str
        URI of the optional part of ADQL that it belongs to; empty for what each service
        has.
    is_aggregate : bool
        Whether it takes the rows of a group.
    """

    name: str
    forms: tuple[Form, ...]
    description: str
    feature: str = ""
    is_aggregate: bool = False

    @property
    def signatures(self) -> tuple[str, ...]:
        """Each form as /capabilities has it, e.g. ``f(x DOUBLE) -> DOUBLE``."""
        return tuple(
            f"{self.name}({', '.join(f'{a.name} {a.type}' for a in form.arguments)}) "
            f"-> {form.returns}"
            for form in self.forms
        )


def form_of(function: Function, given: Iterable[tuple[str, bool]]) -> Form | None:
    """Return the form of a call, None if there is none.

    Parameters
    ----------
    function : Function
        What is called.
    given : iterable of (str, bool)
        Type of each value, empty where it is not known, and whether it is a literal.
    """
    values = list(given)
    if function.name == "POLYGON":
        kinds = [kind for kind, _ in values]
        points = len(kinds) >= 3 and all(kind in ("", "POINT") for kind in kinds)
        numbers = len(kinds) >= 6 and len(kinds) % 2 == 0
        numbers = numbers and not any(kind in GEOMETRIES for kind in kinds)
        return function.forms[0] if points or numbers else None
    for form in function.forms:
        if len(form.arguments) == len(values) and all(
            argument.takes(kind, is_literal)
            for argument, (kind, is_literal) in zip(form.arguments, values, strict=True)
        ):
            return form
    return None


def _forms(signatures: str) -> Iterator[Form]:
    """Read forms as `declared` takes them."""
    for signature in signatures.split(";"):
        given, returns = signature.split("->")
        arguments = tuple(
            Argument(name, kind.removeprefix("="), kind.startswith("="))
            for name, kind in (
                part.split() for part in given.split(",") if part.strip()
            )
        )
        yield Form(arguments, returns.strip())


def declared(
    name: str,
    signatures: str,
    description: str,
    feature: str = "",
    *,
    is_aggregate: bool = False,
) -> Function:
    """Return a function, its forms written as ``x DOUBLE, n =INTEGER -> DOUBLE; …``.

    Parameters
    ----------
    name, description, feature, is_aggregate
        As `Function` has them.
    signatures : str
        The forms, with semicolons between them; ``=`` marks what must be a literal.
    """
    forms = tuple(_forms(signatures))
    return Function(name, forms, description, feature, is_aggregate)
