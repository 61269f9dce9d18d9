"""A step's source as a module of its own: it stands alone, means the same, and reads like the original."""

from __future__ import annotations

import ast
import importlib
import os
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from zencompile.diagnostics import Report
from zencompile.frontend.closures import Closures, StepCode
from zencompile.frontend.project import Project
from zencompile.frontend.text import Slice, slice_step

EXAMPLES = Path(__file__).parent.parent.parent.parent / "examples"

Cut = Callable[..., Any]


class Sources:
    """A project on disk, and slices of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.report = Report()

    def cut(self, entrypoint: str = "run:train") -> Slice | None:
        self.report = Report()
        project = Project.of(self.root / "run.py", self.report, source_root=self.root)
        return slice_step(Closures(project, self.report), StepCode(entrypoint), self.report)

    def text(self, entrypoint: str = "run:train") -> str:
        found = self.cut(entrypoint)
        assert found is not None, [d.label for d in self.report]
        return found.text


@pytest.fixture
def sources(tmp_path: Path) -> Callable[[dict[str, str]], Sources]:
    """Write files (name → text) into a project."""

    def write(files: dict[str, str]) -> Sources:
        for name, text in files.items():
            path = tmp_path / "project" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return Sources(tmp_path / "project")

    return write


def framework() -> dict[str, types.ModuleType]:
    """Modules that stand for the framework: its decorators do nothing, whatever else is asked for is accepted."""

    class Meta(type):
        def __getattr__(cls, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return Anything()

    class Anything(metaclass=Meta):
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def __call__(self, *args: Any, **_: Any) -> Any:
            return args[0] if len(args) == 1 and callable(args[0]) else self

        def __getattr__(self, name: str) -> Any:
            return Anything()

        def __class_getitem__(cls, _: Any) -> Any:
            return cls

    def module_getattr(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything if name[0].isupper() else Anything()

    paths = ["", ".config", ".config.retry_config", ".logger", ".enums", ".io", ".steps", ".materializers"]
    modules = {}
    for path in [*paths, ".materializers.base_materializer"]:
        module = types.ModuleType(f"zenml{path}")
        module.__path__ = []  # type: ignore[attr-defined]
        module.__getattr__ = module_getattr  # type: ignore[method-assign]
        modules[f"zenml{path}"] = module
    return modules


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path, str], Any]]:
    """Import a step's function from its project."""
    before = set(sys.modules)
    for name, module in framework().items():
        monkeypatch.setitem(sys.modules, name, module)

    def load(root: Path, entrypoint: str) -> Any:
        monkeypatch.syspath_prepend(str(root))
        module, _, name = entrypoint.partition(":")
        importlib.invalidate_caches()
        return getattr(importlib.import_module(module), name)

    yield load
    for name in set(sys.modules) - before:
        file = str(getattr(sys.modules[name], "__file__", None) or "")
        if "site-packages" not in file and ("/examples/" in file or "/project/" in file or not file):
            sys.modules.pop(name, None)


def execute(found: Slice, file: Path) -> Any:
    """The function of a slice, executed as if it lay where the original does."""
    namespace: dict[str, Any] = {"__name__": "cut", "__file__": str(file)}
    module = types.ModuleType("cut")
    module.__dict__.update(namespace)
    sys.modules["cut"] = module
    exec(compile(found.text, str(file), "exec"), module.__dict__)
    return getattr(module, found.function)


HARD = {
    "run.py": '''
        """About the pipeline."""
        from __future__ import annotations

        import os  # kept only if needed
        import sys
        import numbers_of as n
        import lib.deep.more
        from lib import helper as cry, np_alias
        from lib.model import Model
        from zenml import ArtifactConfig, pipeline, step
        from zenml.logger import get_logger
        from typing import Annotated, Optional

        logger = get_logger(__name__)

        # how many
        LIMIT = 3; OTHER = 4
        NAMES = []
        NAMES.append("a")  # first

        NAMES += ["b"]


        # what the module calls helper itself
        def helper(x):
            # inside
            return x * 2  # twice


        def unused():
            return OTHER


        # A step.
        @step(enable_cache=False)
        # with a comment between
        def train(
            size: int,  # of it
            model: Optional["Model"] = None,
            f=lambda v: v + LIMIT,
        ) -> Annotated[list, ArtifactConfig(name="result")]:
            """Train it."""
            from lib.late import late as l
            from math import floor
            import lib.late

            more = cry(size)  # `more` is also a module
            total = sum([n.ONE, lib.deep.more.two(), helper(size), l(), lib.late.LATE, lib.late.late()])
            logger.info("done")
            return [floor(total), more, NAMES, f(1), np_alias.sqrt(4), Model().name(), os.sep, n.sum([1])]


        @pipeline
        def flow():
            train(1)


        if __name__ == "__main__":
            flow()
    ''',
    "numbers_of.py": "ONE = 1\nTWO = ONE + 1\n\n\ndef sum(xs):\n    return -len(xs)\n",
    "lib/__init__.py": "import math as np_alias\nfrom .text import *\n",
    "lib/text.py": '''
        from lib.deep import more

        def helper(x):
            """Another of the name."""
            return more.two() + _private(x)

        def _private(x):
            return [x]  + [more.LIMIT] if False else x
    ''',
    "lib/deep/__init__.py": "",
    "lib/deep/more.py": "from numbers_of import TWO\nLIMIT = 30\n\ndef two():\n\treturn TWO\n",
    "lib/late.py": "LATE = 7\ndef late():\n    global LATE\n    LATE += 1\n    return LATE\n",
    "lib/model.py": """
        from dataclasses import dataclass

        SIZE = 1

        @dataclass
        class Model:
            size: int = SIZE

            def name(self): return f'{self.size}'
    """,
}


def test_a_slice_means_what_the_original_means(sources: Cut, load: Any) -> None:
    """Clashing names, re-exports, local imports, tabs, builtins hidden elsewhere: the result is the same."""
    project = sources(HARD)
    found = project.cut()
    assert found is not None, [d.label for d in project.report]
    assert execute(found, project.root / "run.py")(5) == load(project.root, "run:train")(5)
    assert found.framework == ()


EXPECTED = '''
from __future__ import annotations

import math as np_alias
import os
from dataclasses import dataclass
from logging import getLogger as get_logger
from typing import Annotated, Optional

ONE = 1
TWO = ONE + 1


def numbers_of_sum(xs):
    return -len(xs)


more_LIMIT = 30


def two():
\treturn TWO


def text_helper(x):
    """Another of the name."""
    return two() + _private(x)


def _private(x):
    return [x]  + [more_LIMIT] if False else x


SIZE = 1


@dataclass
class Model:
    size: int = SIZE

    def name(self): return f'{self.size}'


logger = get_logger(__name__)

# how many
LIMIT = 3

NAMES = []
NAMES.append("a")  # first

NAMES += ["b"]


# what the module calls helper itself
def helper(x):
    # inside
    return x * 2  # twice


# A step.
# with a comment between
def train(
    size: int,  # of it
    model: Optional["Model"] = None,
    f=lambda v: v + LIMIT,
) -> Annotated[list, "result"]:
    """Train it."""
    from math import floor

    more = text_helper(size)  # `more` is also a module
    total = sum([ONE, two(), helper(size), late(), LATE, late()])
    logger.info("done")
    return [floor(total), more, NAMES, f(1), np_alias.sqrt(4), Model().name(), os.sep, numbers_of_sum([1])]


LATE = 7


def late():
    global LATE
    LATE += 1
    return LATE
'''


def test_a_slice_reads_like_the_original(sources: Cut) -> None:
    """Comments and formatting are kept; decorators, the framework's imports and the main block are gone."""
    assert sources(HARD).text() == EXPECTED.lstrip("\n")


def test_slicing_a_slice_changes_nothing(sources: Cut, tmp_path: Path) -> None:
    """A slice is a fixed point."""
    first = sources(HARD).text()
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "run.py").write_text(first, encoding="utf-8")
    assert Sources(tmp_path / "again").text() == first


REFUSED = {
    "module as object": (
        "import lib\n@step\ndef train(name): return getattr(lib, name)\n",
        "a module is used as an object",
    ),
    "imported under a condition": (
        "try:\n    from lib import f\nexcept ImportError:\n    f = None\n@step\ndef train(): return f()\n",
        "a module of the project is imported under a condition",
    ),
    "one of two": (
        "from lib import f\nif f:\n    f = 2\n@step\ndef train(): return f\n",
        "it is imported under a condition",
    ),
    "bound anew": (
        "from lib import count, bump\n@step\ndef train():\n    bump()\n    return count\n",
        "it is imported, and functions of its module bind it anew",
    ),
    "bound from outside": (
        "import lib\n@step\ndef train():\n    lib.count = 2\n    return lib.count\n",
        "a name of another module is bound",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_counterpart_in_one_module_is_refused(name: str, sources: Cut) -> None:
    """Rather than a slice that means something else there is a diagnostic at the place."""
    text, label = REFUSED[name]
    lib = "count = 0\ndef f(): ...\ndef bump():\n    global count\n    count += 1\n"
    project = sources({"run.py": f"from zenml import step\n{text}", "lib.py": lib})
    assert project.cut() is None
    assert label in {d.label for d in project.report}
    assert {d.code for d in project.report} == {"ZC0605"}


CASES = {
    "imports stay after what must come before them": (
        {
            "run.py": """
                import os
                import json
                os.environ["A"] = "1"
                import colorsys
                from zenml import step
                @step
                def train(): return json.dumps(1), colorsys.rgb_to_hsv(1, 1, 1)
            """
        },
        'import json\nimport os\n\nos.environ["A"] = "1"\n\nimport colorsys\n\n\n'
        "def train(): return json.dumps(1), colorsys.rgb_to_hsv(1, 1, 1)\n",
    ),
    "a class-based step": (
        {
            "run.py": """
                from zenml.steps import BaseStep
                class train(BaseStep):
                    def entrypoint(self) -> int:
                        return 1
            """
        },
        "class train:\n    def entrypoint(self) -> int:\n        return 1\n",
    ),
    "conditional imports of others, star imports, dotted imports": (
        {
            "run.py": """
                import xml.dom, xml.sax
                from math import *
                try:
                    import ujson as json
                except ImportError:
                    import json
                from zenml import step
                @step
                def train(): return json.dumps(sqrt(4)), xml.dom.Node
            """
        },
        "import xml.dom\nimport xml.sax\nfrom math import *\n\ntry:\n    import ujson as json\nexcept ImportError:\n"
        "    import json\n\n\ndef train(): return json.dumps(sqrt(4)), xml.dom.Node\n",
    ),
    "names in string annotations": (
        {
            "run.py": """
                import lib
                from zenml import step
                class Config: ...
                @step
                def train(a: "lib.Config", b: "list[Config]") -> "lib.Config": ...
            """,
            "lib.py": "class Config: ...\n",
        },
        "class lib_Config: ...\n\n\nclass Config: ...\n\n\n"
        'def train(a: "lib_Config", b: "list[Config]") -> "lib_Config": ...\n',
    ),
    "imports inside functions": (
        {
            "run.py": """
                from zenml import step
                @step
                def train():
                    import json, lib
                    from lib import f as g
                    def inner():
                        from lib import f
                    return json, lib.f, g
            """,
            "lib.py": "def f(): ...\n",
        },
        "def train():\n    import json\n    def inner():\n        pass\n    return json, lib_f, lib_f\n\n\n"
        "def lib_f(): ...\n",
    ),
    "a local name in the way": (
        {
            "run.py": """
                import lib
                from zenml import step
                @step
                def train(f): return lib.f(f)
            """,
            "lib.py": "def f(x): return x\n",
        },
        "def lib_f(x): return x\n\n\ndef train(f): return lib_f(f)\n",
    ),
    "two imports of one name": (
        {
            "run.py": """
                from lib import f
                from math import floor as cut
                from zenml import step
                @step
                def train(): return f() + cut(1.5)
            """,
            "lib.py": "from math import ceil as cut\ndef f(): return cut(1.5)\n",
        },
        "from math import ceil as cut, floor as cut_2\n\n\ndef f(): return cut(1.5)\n\n\n"
        "def train(): return f() + cut_2(1.5)\n",
    ),
    "an output's configuration": (
        {
            "run.py": """
                from typing import Annotated
                from zenml import ArtifactConfig, step
                @step
                def train(x: Annotated[int, ArtifactConfig()]) -> Annotated[int, ArtifactConfig("a"), 1]: ...
            """
        },
        'from typing import Annotated\n\n\ndef train(x: int) -> Annotated[int, "a", 1]: ...\n',
    ),
    "what the framework offers while a step runs": (
        {
            "run.py": """
                from zenml import get_step_context, step
                @step
                def train(): return get_step_context()
            """
        },
        "from zenml import get_step_context\n\n\ndef train(): return get_step_context()\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_slices_are_these(name: str, sources: Cut, tmp_path: Path) -> None:
    """Each case's slice, to the letter; and slicing it again changes nothing."""
    files, expected = CASES[name]
    text = sources(files).text()
    assert text == expected
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "run.py").write_text(text, encoding="utf-8")
    assert Sources(tmp_path / "again").text() == text


def quickstart(step: Callable[[str], Any]) -> dict[str, Any]:
    """The results of all steps of the quickstart; `step` gives a step's function."""
    train, test = step("run:load_data")(0.25)
    model = step("run:train_model")(train, trees=5)
    accuracy, confusion = step("run:evaluate")(model, test)
    summary = step("run:summarise")(accuracy, confusion, title="Wines")
    predicted = model.predict(test.drop(columns="target")).tolist()
    return {"data": (train, test), "predicted": predicted, "scores": (accuracy, confusion), "summary": summary}


def churn(step: Callable[[str], Any]) -> dict[str, Any]:
    """The results of all steps of the churn project."""
    customers = step("steps.load:load_customers")()
    train, test = step("steps.load:split_customers")(customers, test_size=0.3, seed=11)
    build = step("steps.features:build_features")
    features, held = build(train), build(test)
    model = step("steps.train:fit_model")(features, algorithm="logistic", seed=11)
    scores = step("steps.evaluate:evaluate_model")(model, held)
    best = step("steps.evaluate:select_best")([model], [scores], ["logistic"])[1]
    profile = step("steps.monitor:profile_customers")(customers)
    drift = step("steps.monitor:compare_profiles")(profile, profile, tolerance=0.1)
    card = step("steps.publish:write_card")(best, scores, title="Card")
    receipt = step("steps.publish:publish_card")(card)
    results = {"data": (customers, features, held), "scores": scores, "best": best, "profile": profile, "drift": drift}
    return results | {"card": card.markdown(), "receipt": receipt}


@pytest.mark.parametrize(("example", "run"), [("quickstart", quickstart), ("churn", churn)])
def test_slices_of_the_examples_do_what_the_steps_do(
    example: str, run: Callable[..., Any], load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calling the function of every example step's slice equals calling the original."""
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("sklearn")
    monkeypatch.setattr(os, "environ", {**os.environ, "REGISTRY_TOKEN": "t", "CHANNEL": "c", "STAGE": "s"})
    project = Sources(EXAMPLES / example)

    def sliced(entrypoint: str) -> Any:
        found = project.cut(entrypoint)
        assert found is not None, [d.label for d in project.report]
        return execute(found, project.root / (entrypoint.partition(":")[0].replace(".", "/") + ".py"))

    originals, slices = run(lambda entrypoint: load(project.root, entrypoint)), run(sliced)
    for frame, other in zip(originals.pop("data"), slices.pop("data"), strict=True):
        pandas.testing.assert_frame_equal(frame, other)
    assert slices == originals


def test_libcst_is_imported_for_slices_only() -> None:
    """The module that offers slices costs a compilation nothing."""
    import subprocess

    script = "import sys, zencompile.frontend.text; sys.exit('libcst' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_sliced_text_parses(sources: Cut) -> None:
    """The text is Python."""
    ast.parse(sources(HARD).text())
