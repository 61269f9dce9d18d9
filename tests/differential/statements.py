"""Templates of statements, as `grammar` fills them: one file a subject, with lines of `---` between templates."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "fragments"


def templates(subject: str) -> tuple[str, ...]:
    """The templates of a subject, in the order of its file."""
    text = (FOLDER / f"{subject}.txt").read_text("utf-8")
    return tuple(text.rstrip("\n").split("\n---\n"))


MODULE_LEVEL: dict[str, tuple[str, ...]] = {
    subject: templates(subject)
    for subject in (
        "values",
        "shared_state",
        "control_flow",
        "functions",
        "decorators",
        "classes",
        "errors",
        "library",
    )
}
"""What stands at the top level of modules, by what it is about."""

SMALL = templates("small")
"""Statements of inner blocks."""

RAISING = templates("raising")
"""Statements that end the program, on purpose."""

STEPS = templates("steps")
BODY = templates("pipeline_bodies")
HELPERS = templates("helpers")
CYCLES = templates("cycles")
"""What asks MODULE, which may import the asking module, for its MARK."""

CLASHES = templates("clashes")
"""What asks what CHILD of PACKAGE is."""

IMPORTS = templates("imports")
"""Ways to import MODULE as ALIAS."""

LATE_GETATTR = templates("late_getattr")

OPEN = (
    "i».send(",  # what is sent to a generator
    "i».close()",
    "(enum.Flag)",
    "(abc.ABC)",
    "(type):",  # metaclasses
    "__context__",
    "__suppress_context__",
    "lambda: 1 / 0",  # texts of exceptions
    "json.missing_part",
    "json.no_such_part",
    "from .no_sibling",
    "__subclasses__",
    "FrozenInstanceError",
    "in dir(",
    "sys.modules",
    "suppress(ImportError)",
    "from ..",
    "__import__(",
    "cache_info",
    "ClassVar",
    "if f.init",
    "__delattr__",
    "__index__",
    "hash(self.n",
    "size.deleter",
    "__hidden",
    "singledispatchmethod",
)
"""Parts of templates that are known not to be compiled as they should be: programs are made without them."""


def is_open(template: str) -> bool:
    return any(text in template for text in OPEN)


OBSERVED: dict[str, str] = {
    "int": "{}",
    "str": "{}",
    "bool": "{}",
    "any": "{}",
    "ints": "{}[:12]",
    "strs": "{}[:12]",
    "table": "[dict({0}), list({0})]",
    "fn": "{}(4)",
    "sfn": "{}('Word')",
    "thunk": "{}()",
    "iter": "next({})",
    "bag": "[{0}.size, list({0}.names)[:12]]",
    "klass": "[{0}.total, list({0}.names)[:12]]",
    "registry": "[[k, f(3)] for k, f in {}.items()]",
}
"""How a value of each kind is shown to a step."""
