"""From a pipeline as it was written to one that a target can emit: each pass fills in more of the same type."""

from zencompile.passes.caching import caching
from zencompile.passes.check import check
from zencompile.passes.context import Pass, PassContext
from zencompile.passes.environments import environments

PASSES = (
    Pass("check", "first, so that no later pass meets inputs that don't fit", check),
    Pass("caching", "before environments: the code manifest of an image names the files that closures reach", caching),
    Pass("environments", "last: the tag of an image covers all that the passes before have filled in", environments),
)

__all__ = ["PASSES", "Pass", "PassContext"]
