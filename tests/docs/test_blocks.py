"""Every block of the README and of the pages runs on a simulated demo.

A page is read from top to bottom in one folder: its ``bash`` blocks by the shell, its
``sql`` blocks by the released ``duckdb`` shell, its ``python`` blocks by one program.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.docs.blocks import RUN, Block, blocks, pages
from tests.docs.conftest import GROUP

# One worker makes the demo once, and the site of it.
pytestmark = GROUP
REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = {
    str(p.relative_to(REPOSITORY)): blocks(REPOSITORY, p) for p in pages(REPOSITORY)
}
ALL = [block for page in PAGES.values() for block in page]
# Blocks that nothing runs, each with its reason beside it: downloads, other machines.
NOT_RUN = 17


def test_blocks_that_nothing_runs_are_counted_and_say_why():
    left_out = [block for block in ALL if block.mark == "not run"]
    assert all(len(block.said.split()) > 2 for block in left_out)
    assert len(left_out) == NOT_RUN, list(map(str, left_out))
    assert sum(block.is_run for block in ALL) >= NOT_RUN


def test_blocks_that_another_test_runs_stand_in_it():
    for block in ALL:
        if block.mark == "run by":
            text = (REPOSITORY / block.said).read_text("utf-8")
            assert Path(block.page).name in text, block


def test_what_goes_into_a_shell_is_a_block_of_bash():
    bare = [block for block in ALL if not block.language and block.looks_like_shell]
    assert list(map(str, bare)) == []


# Programs that pages need and that pip does not bring.
NEEDED = {"docs/howto/from_topcat.md": "stilts"}


def environment() -> dict[str, str]:
    """Return variables as of a user who has installed all that the pages use."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("STELLARWH_")}
    found = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    quiet = {"STELLARWH_QUIET": "1", "BROWSER": "true", "MPLBACKEND": "agg"}
    return {**kept, **quiet, "PATH": found}


def run(command: list[str], folder: Path, given: str | None = None) -> str:
    """Run a command to its end and return what it prints."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        input=given or "",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{given or ''}\n{said}"
    return said


def run_sql(block: Block, shell: str, folder: Path) -> str:
    """Paste a block into the released shell; a SELECT has rows."""
    writes = re.search(r"^(create|insert|drop|comment|attach)", block.text, re.M | re.I)
    options = ["-bail", "-json"] if writes else ["-bail", "-json", "-readonly"]
    mark = "----"
    pasted = re.sub(r";\s*$", f";\n.print {mark}\n", block.text, flags=re.MULTILINE)
    said = run([shell, *options, "warehouse/stellar.duckdb"], folder, pasted)
    answers = said.split(mark)[:-1]
    assert answers, f"{block}: no statement ends with a semicolon"
    if not writes:
        empty = [
            at for at, one in enumerate(answers) if not json.loads(one.strip() or "[]")
        ]
        assert empty == [], f"{block}: statements without a row"
    return said


class Program:
    """A program of Python that runs blocks one after another, as a reader's does.

    Parameters
    ----------
    folder : Path
        Where it runs.
    """

    _MARK = "----block----"
    _SOURCE = f"""
import sys
shared = {{"__name__": "__main__"}}
for line in sys.stdin:
    exec(compile(eval(line), "<page>", "exec"), shared)
    print({_MARK!r}, flush=True)
"""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", self._SOURCE],
            cwd=folder,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, text: str) -> str:
        """Run one block and return what it prints."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(repr(text) + "\n")
        self._process.stdin.flush()
        said = []
        for line in self._process.stdout:
            if line.rstrip("\n") == self._MARK:
                return "".join(said)
            said.append(line)
        raise AssertionError(f"{text}\n{''.join(said)}")

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def check_printed(expected: Block, printed: str) -> None:
    """Find lines of a page, in order, in what the block before them printed."""
    lines = [re.sub(r"\s+", " ", line).strip() for line in printed.splitlines()]
    at = 0
    for line in expected.text.splitlines():
        wanted = re.sub(r"\s+", " ", line).strip()
        if not wanted or wanted == "…":
            continue
        pattern = re.compile(".*".join(map(re.escape, wanted.split("…"))) + "$")
        found = [
            i for i, said in enumerate(lines[at:], start=at) if pattern.match(said)
        ]
        assert found, f"{expected}: '{wanted}' is not printed, but:\n{printed}"
        at = found[0] + 1


@pytest.mark.parametrize(
    "page", [name for name, found in PAGES.items() if any(b.is_run for b in found)]
)
def test_every_block_of_a_page_runs(page, folder, duckdb_shell):
    if page in NEEDED and not shutil.which(NEEDED[page]):
        pytest.skip(f"{NEEDED[page]} is not installed")
    printed = ""
    with closing(Program(folder)) as program:
        for block in PAGES[page]:
            if block.mark == "printed":
                check_printed(block, printed)
            elif not block.is_run:
                continue
            elif block.language == "bash":
                printed = run(["bash", "-euo", "pipefail", "-c", block.text], folder)
            elif block.language == "sql":
                printed = run_sql(block, duckdb_shell, folder)
            else:
                printed = program.run(block.text)


def test_the_runner_sees_what_is_wrong(folder, duckdb_shell):
    def block(text: str, language: str = "sql") -> Block:
        return Block("page.md", 1, language, text)

    with pytest.raises(AssertionError, match="Catalog Error"):
        run_sql(block("from main.no_such_view;\n"), duckdb_shell, folder)
    with pytest.raises(AssertionError, match="without a row"):
        run_sql(block("from main.stars where ra > 400;\n"), duckdb_shell, folder)
    with pytest.raises(AssertionError, match="No such"):
        run(["bash", "-euo", "pipefail", "-c", "stellarwh nosuch"], folder)
    with closing(Program(folder)) as program:
        assert program.run("n = 6\n") == ""
        assert program.run("print(n)\n") == "6\n"
        with pytest.raises(AssertionError, match="ZeroDivisionError"):
            program.run("n / 0\n")
    with pytest.raises(AssertionError, match="is not printed"):
        check_printed(block("3 stars\n"), "4 stars\n")
    check_printed(block("… stars\n5 rows\n"), "a\n4  stars\n5 rows\n")
    assert set(RUN) == {"bash", "python", "sql"}
