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


def test_the_script_is_that_of_its_source(repository: Path, tmp_path: Path) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed")
    source = repository / "js"
    folder = tmp_path / "js"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("node_modules"))
    if _is_installed(source):
        (folder / "node_modules").symlink_to(source / "node_modules")
    else:
        _install(npm, folder)
    made = tmp_path / "report.js"
    subprocess.run([node, "build.js", str(made)], cwd=folder, check=True, timeout=120)
    assert made.read_text("utf-8") == SCRIPT.read_text("utf-8"), "run 'make js'"


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
