"""The pages of the Python API: the door, and what its methods return."""

import ast
import inspect
import re
from importlib import import_module
from typing import Any

import stellarwh

_ERRORS = ("StellarwhError", "StellarwhWarning")


def pages() -> dict[str, str]:
    """Return the page, by its name; it is of autodoc's language."""
    public = {name: getattr(stellarwh, name) for name in stellarwh.__all__}
    classes = {n: o for n, o in public.items() if inspect.isclass(o)}
    functions = sorted(set(public) - set(classes))
    returned = {
        name: home
        for name, home in sorted(_returned(public).items())
        if name not in public
    }
    parts = [
        _title("Python", "="),
        "``import stellarwh`` is all that is needed: what a command does, a "
        "`Warehouse` does. Values have the units of the :doc:`glossary`.",
        _title("Functions", "-"),
        *(f".. autofunction:: stellarwh.{name}" for name in functions),
        _title("Classes", "-"),
        *(_class(f"stellarwh.{name}") for name in classes if name not in _ERRORS),
        _title("What methods return", "-"),
        *(_class(f"{home}.{name}", inherited=False) for name, home in returned.items()),
        _title("Errors and warnings", "-"),
        *(f".. autoexception:: stellarwh.{name}" for name in _ERRORS),
    ]
    return {"python.rst": "\n\n".join(parts) + "\n"}


def _title(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}"


def _class(name: str, *, inherited: bool = True) -> str:
    options = ["   :members:"] + ["   :inherited-members:"] * inherited
    return "\n".join([f".. autoclass:: {name}", *options])


def _returned(public: dict[str, Any]) -> dict[str, str]:
    """Return the classes of ours that what is public returns, and where they are."""
    found: dict[str, str] = {}
    for one in public.values():
        members = inspect.getmembers(one, inspect.isfunction)
        for function in [m for _, m in members] if inspect.isclass(one) else [one]:
            if function.__name__.startswith("_"):
                continue
            told = str(inspect.signature(function).return_annotation)
            imports = _imports(function.__module__)
            for word in re.findall(r"\b[A-Z]\w+", told):
                home = imports.get(word, "")
                if home.startswith("stellarwh.") and inspect.isclass(
                    getattr(import_module(home), word)
                ):
                    found[word] = home
    return found


def _imports(module: str) -> dict[str, str]:
    """Return where a module has its names from, those for annotations included."""
    source = inspect.getsource(import_module(module))
    return {
        alias.name: node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
