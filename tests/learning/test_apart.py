"""What goes through pipes comes out whole, and errors as one line."""

import subprocess
import sys
from io import BytesIO

import numpy as np
import polars as pl
import pytest

from stellarwh.errors import TaskError
from stellarwh.learning.runs import apart
from stellarwh.learning.runs.apart import RunApart, Stored
from stellarwh.learning.runs.artefacts import Artefact


def test_frames_come_out_as_they_went_in():
    pipe = BytesIO()
    for frame in (b"", b"ab\n\0", bytes(300)):
        apart._write(pipe, frame)
    pipe.seek(0)
    assert [apart._read(pipe) for _ in range(3)] == [b"", b"ab\n\0", bytes(300)]
    with pytest.raises(EOFError):
        apart._read(pipe)
    broken = BytesIO(pipe.getvalue()[:-1])
    broken.seek(12 + 8)
    with pytest.raises(EOFError):
        apart._read(broken)


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (TaskError("Two\n  lines. Train again."), "Two lines. Train again."),
        (TaskError("t" * 2000), "t" * 2000),
        (ValueError("odd\nvalue"), "ValueError('odd\\nvalue')"),
        (TaskError(), "unknown error"),
    ],
)
def test_what_was_wrong_is_said_in_one_line(raised, said):
    def fail() -> None:
        raise raised

    pipe = BytesIO()
    with pytest.raises(SystemExit):
        apart._or_error(pipe, fail)
    pipe.seek(0)
    assert apart._read(pipe).decode() == said
    assert pipe.read() == b""


def test_a_long_error_of_a_library_is_cut():
    pipe = BytesIO()
    with pytest.raises(SystemExit):
        apart._or_error(pipe, lambda: int("x" * 3000))
    assert len(pipe.getvalue()) < 500


class Child:
    """What would be a process."""

    made: "list[Child]" = []  # noqa: RUF012 - emptied by each test

    def __init__(self, stored: Stored) -> None:
        self.kinds = {"y": "number"}
        self.ended = False
        self.made.append(self)

    def apply(self, features, wanted):
        raise ZeroDivisionError

    def end(self) -> None:
        self.ended = True


@pytest.mark.parametrize(("cores", "most"), [(1, 1), (2, 2), (4, 4), (64, 4)])
def test_there_are_no_more_processes_than_cores_nor_than_duckdb_can_serve(
    monkeypatch, cores, most
):
    monkeypatch.setattr(apart, "_Child", Child)
    monkeypatch.setattr(apart, "available_cores", lambda: cores)
    monkeypatch.setattr(apart, "threads_within_limit", lambda count: count)
    Child.made = []
    with apart.run_apart(Stored("run", ("a",), ("y",), ())) as run:
        assert (run.run_id, run.features, run.kinds) == (
            "run",
            ("a",),
            Child(None).kinds,
        )
        assert len(Child.made) == 2  # the first one, and this test's own
        for _ in range(9):  # one that fails is free again
            with pytest.raises(ZeroDivisionError):
                RunApart.apply(run, pl.DataFrame(), {})
        assert run._slots.qsize() == most
        assert len(run._children) == most
    assert all(child.ended for child in run._children)


def test_a_process_answers_on_one_thread_whatever_libraries_print():
    program = (
        "import os, numpy, sklearn.ensemble\n"
        "from threadpoolctl import threadpool_info\n"
        "import xgboost\n"
        "from stellarwh.learning.runs import apart\n"
        "def serve(requests, answers):\n"
        "    print('noise', flush=True)\n"
        "    os.write(1, b'noise')\n"
        "    threads = {of['num_threads'] for of in threadpool_info()}\n"
        "    found = f\"{threads} {xgboost.get_config()['verbosity']}\"\n"
        "    apart._write(answers, found.encode())\n"
        "    apart._read(requests)\n"
        "apart._serve = serve\n"
        "apart.serve()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=b"", capture_output=True, check=False
    )
    assert done.returncode == 0
    answers = BytesIO(done.stdout)
    assert apart._read(answers) == b"{1} 0"
    assert answers.read() == b""
    assert done.stderr.split() in ([b"noise", b"noise"], [b"noisenoise"])


def test_what_is_served_is_what_the_run_says(monkeypatch):
    """One exchange after the other, as the parent reads them."""

    class Run:
        kinds = {"y": "number", "kind": "class"}  # noqa: RUF012

        def apply(self, features, wanted):
            columns = {
                name: features.filter(own) for name, own in wanted.items() if own.any()
            }
            n = len(features)
            return apart.Predicted(np.arange(n) > 0, np.arange(n) / 4, columns)

    monkeypatch.setattr(Stored, "rebuilt", lambda self: Run())
    features = pl.DataFrame({"a": [1.0, 2.0, 3.0]})
    wanted = {"y": [True, False, True], "kind": [False, False, False]}
    requests, answers = BytesIO(), BytesIO()
    facts = b'{"run_id": "r", "features": ["a"], "targets": ["y"], "artefacts": []}'
    for frame in (facts, *[apart._ipc(features), apart._ipc(pl.DataFrame(wanted))] * 2):
        apart._write(requests, frame)
    requests.seek(0)
    with pytest.raises(EOFError):
        apart._serve(requests, answers)
    answers.seek(0)
    read = lambda: apart._read(answers)  # noqa: E731
    assert (read(), read()) == (b"", b'{"kinds": {"y": "number", "kind": "class"}}')
    for _ in range(2):
        assert read() == b""
        shared = pl.read_ipc_stream(BytesIO(read()))
        assert shared.to_dict(as_series=False) == {
            "in_domain": [False, True, True], "distance": [0.0, 0.25, 0.5],
        }  # fmt: skip
        assert pl.read_ipc_stream(BytesIO(read()))["a"].to_list() == [1.0, 3.0]
    assert answers.read() == b""


def test_a_process_gives_each_target_what_the_run_says(monkeypatch):
    program = (
        "import numpy as np\n"
        "from stellarwh.learning.runs import apart\n"
        "class Run:\n"
        "    kinds = {'y': 'number', 'kind': 'class', 'z': 'number'}\n"
        "    def apply(self, features, wanted):\n"
        "        columns = {name: features.filter(own).rename({'a': name})\n"
        "                   for name, own in wanted.items() if own.any()}\n"
        "        n = len(features)\n"
        "        return apart.Predicted(np.arange(n) > 0, np.arange(n) / 4, columns)\n"
        "apart.Stored.rebuilt = lambda self: Run()\n"
        "apart.serve()\n"
    )
    monkeypatch.setattr(apart, "_PROGRAM", program)
    monkeypatch.setattr(apart, "_LIMIT", 60)  # should an answer be waited for
    monkeypatch.setattr(apart, "available_cores", lambda: 1)
    features = pl.DataFrame({"a": [1.0, 2.0, 3.0]})
    wanted = {
        "y": np.array([True, False, True]), "kind": np.zeros(3, dtype=bool),
        "z": np.ones(3, dtype=bool),
    }  # fmt: skip
    parts = (Artefact("y", "value", "json", b"{}"), Artefact("", "domain", "json", b""))
    with apart.run_apart(Stored("run", ("a",), ("y", "kind", "z"), parts)) as run:
        assert run.kinds == {"y": "number", "kind": "class", "z": "number"}
        for _ in range(2):
            found = run.apply(features, wanted)
            assert found.in_domain.tolist() == [False, True, True]
            assert found.distance.tolist() == [0.0, 0.25, 0.5]
            assert {name: of.to_dict(as_series=False) for name, of in
                    found.columns.items()} == {
                "y": {"y": [1.0, 3.0]}, "z": {"z": [1.0, 2.0, 3.0]},
            }  # fmt: skip
