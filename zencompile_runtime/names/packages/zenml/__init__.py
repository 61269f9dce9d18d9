"""What `import zenml` finds in Python processes that a step's code starts: the names that the step itself has."""

from zencompile_runtime.names.finder import stand_in

stand_in(__name__)
