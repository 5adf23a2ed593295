"""The script of the pages: made of its source, small, and complete where it ships."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.report.html_checks import SCRIPT

MOST = 150_000


def test_the_script_is_small() -> None:
    assert len(SCRIPT.read_bytes()) <= MOST


def test_the_script_cannot_end_its_element() -> None:
    assert not re.search(r"</script|<!--", SCRIPT.read_text("utf-8"), re.IGNORECASE)


def test_the_script_carries_the_licences_of_what_it_is_made_of(
    repository: Path,
) -> None:
    script = SCRIPT.read_text("utf-8")
    source = "".join(
        f.read_text() for f in sorted((repository / "js/src").rglob("*.js"))
    )
    if re.search(r'from "d3-', source):
        assert "Mike Bostock" in script[:3000]
        assert "THE SOFTWARE IS PROVIDED" in script[:3000]


def test_the_lock_file_has_hashes_and_no_address(repository: Path) -> None:
    text = (repository / "js/package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    assert all("integrity" in p for name, p in packages.items() if name)
    assert "://" not in text
    assert "://" not in (repository / "js/.npmrc").read_text()


@pytest.fixture(scope="module")
def source(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the source beside what it is built with."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    whole = repository / "js"
    folder = tmp_path_factory.mktemp("script") / "js"
    shutil.copytree(whole, folder, ignore=shutil.ignore_patterns("node_modules"))
    if _is_installed(whole):
        (folder / "node_modules").symlink_to(whole / "node_modules")
    else:
        _install(npm, folder)
    return folder


def test_the_script_is_that_of_its_source(source: Path, tmp_path: Path) -> None:
    made = tmp_path / "report.js"
    subprocess.run(["node", "build.js", str(made)], cwd=source, check=True, timeout=120)
    assert made.read_text("utf-8") == SCRIPT.read_text("utf-8"), "run 'make js'"


@pytest.mark.parametrize(
    ("low", "high", "core", "values"),
    [
        # Within the core evenly, in the unit of the core.
        (-0.7, 0.7, 10, [-6, -4, -2, 0, 2, 4, 6]),
        # Beyond it 1, 2 and 5 times a power of ten: 1 is the core, 2 ten times that.
        (0.5, 2.1, 10, [10, 20, 50, 100]),
        (-1.4, 2.2, 1, [-2, -1, 0, 1, 2, 5, 10]),
        # Powers alone where many are in view.
        (-4, 4, 1, [-1000, -100, -10, -1, 0, 1, 10, 100, 1000]),
        # Less than a factor of ten in view, beyond the core: evenly again.
        (1.5, 1.9, 10, [40, 50, 60, 70]),
    ],
)
def test_an_axis_with_a_core_is_marked_at_round_values(
    source: Path, low: float, high: float, core: float, values: list[float]
) -> None:
    script = (
        "import { fromAxis, toAxis, valuesBetween } from './src/core.js';"
        f"const found = valuesBetween({low}, {high}, {core}, 6);"
        f"const again = found.map(v => fromAxis(toAxis(v, {core}), {core}));"
        "console.log(JSON.stringify([found, again]))"
    )
    told = subprocess.run(
        ["node", "--input-type=module", "--eval", script],
        cwd=source, check=True, capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip
    found, again = json.loads(told)
    assert found == values
    assert again == pytest.approx(found)


def _is_installed(source: Path) -> bool:
    """Return whether the modules there are those of the lock file."""
    held = source / "node_modules/.package-lock.json"
    if not held.exists():
        return False
    locked = json.loads((source / "package-lock.json").read_text())["packages"]
    return all(
        locked.get(name, {}).get("integrity") == package["integrity"]
        for name, package in json.loads(held.read_text())["packages"].items()
    )


def _install(npm: str, folder: Path) -> None:
    """Install what the lock file names, or skip where it cannot be had."""
    done = subprocess.run(
        [
            *(npm, "ci", "--ignore-scripts", "--prefer-offline"),
            *("--fetch-retries=0", "--fetch-timeout=10000"),
        ],
        cwd=folder, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        pytest.skip(f"npm cannot install the modules of the script: {said[0]}")


def test_colours_of_the_dark_are_the_same_by_choice_and_by_system() -> None:
    css = (SCRIPT.parent.parent / "templates/report.css").read_text("utf-8")
    dark = re.findall(r"(?:--[a-z0-9-]+: #[0-9a-f]{6};\s*){15,}", css)
    light, by_system, by_choice, *_ = (
        dict(re.findall(r"(--[a-z0-9-]+): (#[0-9a-f]{6});", block)) for block in dark
    )
    assert by_system == by_choice != light
    assert set(by_system) == set(light)
