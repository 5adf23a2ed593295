"""The known surveys: one TOML file each, in this folder."""

from functools import cache
from pathlib import Path

from stellarwh.errors import SurveyError, did_you_mean
from stellarwh.surveys.description import Survey, read_survey_file

_FOLDER = Path(__file__).resolve().parent


def survey_names() -> tuple[str, ...]:
    """Return the names of the known surveys: one per TOML file."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def staged_surveys() -> tuple[str, ...]:
    """Return the names of the known surveys that a staging view reads."""
    return tuple(name for name in survey_names() if _is_staged(name))


def _is_staged(name: str) -> bool:
    """Say it of most without reading all their columns: who is not staged says so."""
    text = (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    return "is_staged" not in text or read_survey(name).is_staged


@cache
def read_survey(name: str) -> Survey:
    """Read the description of a known survey.

    Raises
    ------
    SurveyError
        If the survey is unknown or its description is wrong.
    """
    if name not in survey_names():
        raise SurveyError(
            f"There is no survey '{name}'. {did_you_mean(name, survey_names())}"
        )
    survey = read_survey_file(_FOLDER / f"{name}.toml")
    if survey.name != name:
        raise SurveyError(f"{name}.toml describes a survey named '{survey.name}'.")
    return survey
