"""The plugin at the top of README.md is one, and the tables say what there is."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
from harness import launch
from test_testing import load, square

import solverbench as sb
from solverbench import _solver, poisson, testing

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_first_plugin(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    script = tmp_path / "plugin.py"
    script.write_text(blocks[0])
    task, u = square(7, tolerance=1e-9)
    jacobi = load(script).Jacobi
    got = testing.solve(jacobi, task, options={"omega": "0.9"}, checkpoints=3)
    assert np.allclose(got.solution.u, u, atol=1e-7) and len(got.checkpoints) == 3 and 10 < got.iterations < 1000
    with launch(script) as plugin:
        assert [s.name for s in plugin.call("Describe").solvers] == ["jacobi"]


def test_fields_of_tasks_are_named() -> None:
    for family in ("poisson", "semilinear", "nse", "restoration", "sampling"):
        (line,) = re.findall(rf"^\| `{family}` \|.*$", README, re.MULTILINE)
        types = _solver.types(family)
        for field in [*dataclasses.fields(types.Task), *dataclasses.fields(types.Solution)]:
            assert f"`{field.name}`" in line, f"{family}: {field.name}"
    (line,) = re.findall(r"^\| `poisson` \|.*$", README, re.MULTILINE)
    for field in dataclasses.fields(poisson.Axis):
        if not field.name.endswith("_boundary"):
            assert f"`{field.name}`" in line, field.name


def test_members_are_named() -> None:
    for cls in (sb.Run, sb.Solver):
        prefix = "run." if cls is sb.Run else ""
        for name in [n for n in {**vars(cls), **cls.__annotations__} if not n.startswith("_")]:
            assert f"{prefix}{name}" in README, name
    for name in sb.__all__:
        assert f"sb.{name}" in README or name == "Oracle", name
