"""The matrix of an exported task of the family poisson, for stand-alone programs.

Grids with Dirichlet sides without data of their own, constant or varying coefficients, and sparse matrices: what the
comparisons of plugins with stand-alone programs are about.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sparse

from taskdir import Task

DIRICHLET, KIND_DISCRETE, KIND_MATRIX = 1, 1, 3


def matrix(task: Task) -> Any:
    """A by rows."""
    if task.number("kind") == KIND_MATRIX:
        rows = task.array("matrix.row_pointers")
        return sparse.csr_matrix((task.array("matrix.values"), task.array("matrix.columns"), rows.astype(np.int32)))
    shape = task.array("rhs").shape
    if task.number("kind") != KIND_DISCRETE or task.number("cross_coefficient") != 0:
        raise SystemExit("the task isn't a linear system without a cross coefficient")
    numbers = np.arange(task.array("rhs").size, dtype=np.int32).reshape(shape)
    diagonal = np.zeros(shape)
    rows, columns, values = [], [], []
    for axis in range(len(shape)):
        path = f"axes.{axis}."
        if any(task.number(path + side) != DIRICHLET for side in ("lower_boundary", "upper_boundary")):
            raise SystemExit("a side isn't Dirichlet")
        n = shape[axis]
        h = (task.number(path + "upper") - task.number(path + "lower")) / (n + 1)
        faces = task.array(path + "face_coefficients")
        if faces is None:
            faces = np.full([m + (a == axis) for a, m in enumerate(shape)], task.number(path + "coefficient") or 1.0)
        faces = np.moveaxis(faces, axis, 0) / h**2
        np.moveaxis(diagonal, axis, 0)[...] += faces[:-1] + faces[1:]
        along = np.moveaxis(numbers, axis, 0)
        before, after, coupling = along[:-1].ravel(), along[1:].ravel(), -faces[1:-1].ravel()
        rows += [before, after]
        columns += [after, before]
        values += [coupling, coupling]
    rows.append(numbers.ravel())
    columns.append(numbers.ravel())
    values.append(diagonal.ravel())
    return sparse.coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))).tocsr()
