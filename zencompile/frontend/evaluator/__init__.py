"""An abstract interpreter of compile-time Python.

    evaluator = Evaluator(project, report, provider, environment={"K": "V"}, limit=1_000_000)
    module = evaluator.load(path)                     the module of a file (nothing evaluated yet)
    evaluator.get(module, "name")                     a name of its top level, evaluating what that needs; MISSING if
    none
    evaluator.names(module)                           the names that its top level binds, in order of first binding
    evaluator.run_main(module, arguments)             the whole file as `python FILE arguments…` would, `__name__ ==
    "__main__"`
    evaluator.call(function, arguments, keywords)     call any value from outside
    evaluator.annotation(function, "parameter")       the value of an annotation (`"return"`), MISSING if there is none
    evaluator.field_type(class_, field)               the same for a field of a class
    evaluator.span(node, module)                      a Span
    evaluator.plain(value, context)                   plain data, every Lazy forced; or the first Unknown inside
    evaluator.context(module, node=None)              a Context for calls from outside
    evaluator.uncertain                               stack of Unknowns: the branches that enclose this place and
    can't be decided

From outside nothing raises: an exception of the user's program becomes a diagnostic at the place that raised it, and
the
answer is an Unknown with `reported=True`.
"""

from zencompile.frontend.evaluator.core import Evaluator

__all__ = ["Evaluator"]
