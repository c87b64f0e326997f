"""Offers the solvers of SciPy: linear.py has those of linear systems, evolution.py those of evolution equations."""

import solverbench as sb

import evolution
import linear

if __name__ == "__main__":
    sb.serve(name="scipy", version="0.1.0", license="Apache-2.0", solvers=linear.SOLVERS + evolution.SOLVERS)
