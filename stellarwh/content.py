"""Where the project keeps what is not Python: the ``sql/`` folder."""

from pathlib import Path


def content_dir(name: str) -> Path:
    """Return the folder of packaged content, from the wheel or the checkout.

    Parameters
    ----------
    name : str
        Folder name in the repository, for example ``"sql"``.
    """
    package = Path(__file__).resolve().parent
    packaged = package / f"_{name}"
    return packaged if packaged.is_dir() else package.parent / name
