"""What a solver raises instead of answering. Any other exception says that it failed, and its traceback goes to standard error."""


class SolverError(Exception):
    """What the next four have in common."""


class Unsupported(SolverError):
    """This task, or this option with it, is not for the solver."""


class Failed(SolverError):
    """The solver tried and has no answer."""


class Diverged(SolverError):
    """The solver met NaN, infinity or growth without bound."""


class Invalid(SolverError):
    """The task or an option contradicts itself."""


class Cancelled(BaseException):
    """The harness asked to stop.

    It is raised in the solver by itself, wherever the interpreter is at that moment; like KeyboardInterrupt it is no
    Exception, so that `except Exception` lets it pass.
    """
