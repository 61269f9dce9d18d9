"""What executing a module changes without saying so: the digest of a step that uses it tells."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from zencompile.diagnostics import Report
from zencompile.frontend.closures import StepCode, close
from zencompile.frontend.project import Project
from zencompile.frontend.roots import Roots

KIT = """
    KEPT = []
    TABLE = {"kept": KEPT}


    class Registry:
        def __init__(self, names):
            self.names = names

        def enroll(self, name):
            self.names.append(name)
            return self


    def enroll(where, name):
        where.append(name)
        return where


    REGISTRY = Registry(KEPT)
"""
STATEMENTS = {
    "through a parameter": "_ = enroll(KEPT, {})",
    "through a parameter's attribute": "_ = enroll(REGISTRY.names, {})",
    "through what holds it": "_ = enroll(TABLE['kept'], {})",
    "through a keyword": "_ = enroll(where=KEPT, name={})",
    "in a display": "_ = [enroll(KEPT, {})]",
    "by a library": "import bisect\n_ = bisect.insort(KEPT, {})",
    "by a method": "_ = REGISTRY.enroll({})",
    "by another name": "OTHER = KEPT\nOTHER.append({})",
    "by a name for a name": "OTHER = KEPT\nTHIRD = OTHER\nTHIRD.extend([{}])",
    "in a loop": "for one in [KEPT]:\n    one.append({})",
}


def digest(root: Path, files: dict[str, str]) -> str:
    root.mkdir()
    for name, text in files.items():
        (root / name).write_text(textwrap.dedent(text))
    report = Report()
    project = Project(Roots(root, root, (root,), (), root), root / "run.py", report)
    return close(project, [StepCode("run:train")], report)["run:train"].code


UNSEEN = {
    "an annotation that is an item": """
class Kinds:
    def __class_getitem__(cls, key):
        KEPT.append(key)


def unused(x: Kinds["{}"]): ...
""",
    "an attribute that a metaclass answers": """
class Meta(type):
    def __getattr__(cls, name):
        KEPT.append(name)


class Kinds(metaclass=Meta): ...


def unused(x=Kinds.a{}): ...
""",
    "a name of a class for it": """
class Unused:
    own = KEPT
    own += [{}]
""",
}


@pytest.mark.parametrize("case", UNSEEN)
def test_what_looks_as_if_it_changed_nothing_is_not_seen(case: str, tmp_path: Path) -> None:
    """The limits, as `docs/limits.md` tells them."""
    tail = "\n\n@step\ndef train() -> list:\n    return KEPT\n"
    texts = [f"from zenml import step\nKEPT = []\n{UNSEEN[case].format(one)}\n{tail}" for one in (1, 2)]
    assert digest(tmp_path / "a", {"run.py": texts[0]}) == digest(tmp_path / "b", {"run.py": texts[1]})


@pytest.mark.parametrize("case", STATEMENTS)
def test_what_a_call_may_change_is_changed(case: str, tmp_path: Path) -> None:
    head = textwrap.dedent(KIT)
    tail = "\n\n@step\ndef train() -> list:\n    return KEPT\n"
    texts = [f"from zenml import step\n{head}\n{STATEMENTS[case].format(one)}\n{tail}" for one in (1, 2)]
    assert digest(tmp_path / "a", {"run.py": texts[0]}) != digest(tmp_path / "b", {"run.py": texts[1]})


def test_other_values_stay_apart(tmp_path: Path) -> None:
    """What is only read, and what nothing can change."""
    text = """
        from pathlib import Path
        from zenml import step

        ROOT = "data"
        KEPT = [1, 2]
        FOLDER = Path(ROOT) / "{}"
        LENGTH = len(KEPT) + {}
        NAME = ROOT.upper() + "{}"

        @step
        def train() -> list:
            return [KEPT, ROOT]
    """
    first, second = (text.format(one, one, one) for one in (1, 2))
    assert digest(tmp_path / "a", {"run.py": first}) == digest(tmp_path / "b", {"run.py": second})


@pytest.mark.parametrize(
    ("body", "counts"), [("import kept\nkept.NAMES.append('{}')\n", True), ("NAME = '{}'\n", False)]
)
def test_the_order_of_imports_counts_where_they_do_something(body: str, counts: bool, tmp_path: Path) -> None:
    files = {
        "kept.py": "NAMES = []\n",
        "one.py": body.format("one"),
        "two.py": body.format("two"),
        "run.py": """
            import kept
            import kit
            from zenml import step

            @step
            def train() -> list:
                return kept.NAMES
        """,
    }
    first = digest(tmp_path / "a", {**files, "kit.py": "import one\nimport two\n"})
    second = digest(tmp_path / "b", {**files, "kit.py": "import two\nimport one\n"})
    assert (first != second) is counts
