"""From a pipeline as it was written to one that a target can emit: each pass fills in more of the same type."""

from zencompile.passes.caching import caching
from zencompile.passes.check import check
from zencompile.passes.context import Pass, PassContext
from zencompile.passes.deployed import deployed
from zencompile.passes.environments import environments

PASSES = (
    Pass("check", "first, so that no later pass meets inputs that don't fit", check),
    Pass("caching", "before environments: the code manifest of an image names the files that closures reach", caching),
    Pass(
        "environments", "an image is named by what its environment says, and holds the code that it says", environments
    ),
    Pass("deployed", "last: what is deployed for a step are files of the images that it runs in", deployed),
)

__all__ = ["PASSES", "Pass", "PassContext"]
