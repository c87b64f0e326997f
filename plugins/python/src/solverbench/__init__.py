"""What the author of a solver in Python imports: derive a class from Solver with a method solve, and call serve.

    import solverbench as sb

    class Mine(sb.Solver):
        name, family = "mine", "poisson"

        def solve(self, task, run):
            u = run.output(task.rhs.shape)  # shared with the harness
            ...
            return u

    if __name__ == "__main__":
        sb.serve(name="my-solvers", version="0.1.0", license="MIT", solvers=[Mine])

The classes of tasks and solutions are in solverbench.poisson, .semilinear, .nse, .restoration and .sampling, with
documentation that gives the equations, shapes, units and orders.
"""

from solverbench._errors import Cancelled, Diverged, Failed, Invalid, Unsupported
from solverbench._options import option
from solverbench._oracle import Oracle
from solverbench._run import Run
from solverbench._serve import serve
from solverbench._solver import Solver

__all__ = ["Cancelled", "Diverged", "Failed", "Invalid", "Oracle", "Run", "Solver", "Unsupported", "option", "serve"]
