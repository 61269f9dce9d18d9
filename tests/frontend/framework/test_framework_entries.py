"""Which pipelines a request means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zencompile.diagnostics import Report
from zencompile.frontend import candidates

ONE = "@pipeline\ndef one(n: int = 1):\n    load(n)\n"
TWO = ONE + "@pipeline(name='second')\ndef two_():\n    two()\n"
CLICK = (
    TWO
    + """
import click

@click.command()
@click.option("--training-pipeline", is_flag=True, default=False)
@click.option("--no-cache", is_flag=True, default=False)
@click.option("--n", type=int, default=4)
def main(training_pipeline: bool = False, no_cache: bool = False, n: int = 4):
    options = {}
    if no_cache:
        options["enable_cache"] = False
    if training_pipeline:
        one.with_options(**options)(n=n)
    else:
        two_.with_options(**options)()

if __name__ == "__main__":
    main()
"""
)


def names(compiled: Any) -> list[str]:
    assert not compiled.errors, compiled.report.errors
    return [p.name for p in compiled.pipelines]


def test_the_only_one(compile_text: Any) -> None:
    """The one pipeline that a file defines is meant."""
    assert names(compile_text(ONE)) == ["one"]


def test_by_function_and_by_name(compile_text: Any) -> None:
    """A pipeline is named by its function or by its name."""
    assert names(compile_text(TWO, name="two_")) == ["second"]
    assert names(compile_text(TWO, name="second")) == ["second"]


def test_ambiguous(compile_text: Any) -> None:
    """Of two pipelines none is meant; both are listed with file and line."""
    compiled = compile_text(TWO)
    assert compiled.errors == ["ZC0004"]
    (error,) = compiled.report.errors
    places = [span for span in (error.span, *(label.span for label in error.labels)) if span is not None]
    text = compiled.report.sources["run.py"].lines
    assert [(place.file, text[place.line - 1].strip()) for place in places] == [
        ("run.py", "def one(n: int = 1):"),
        ("run.py", "def two_():"),
    ]
    assert "`run.py:one`" in error.helps[0] and "`run.py:two_`" in error.helps[0]


def test_no_such(compile_text: Any) -> None:
    """A name that no pipeline has is an error with a suggestion."""
    compiled = compile_text(TWO, name="secnd")
    assert compiled.errors == ["ZC0005"]
    assert compiled.report.errors[0].helps == ("did you mean `second`?",)


def test_none(compile_text: Any) -> None:
    """A file without a pipeline is an error."""
    assert compile_text("x = 1").errors == ["ZC0003"]


def test_the_one_called(compile_text: Any) -> None:
    """The one that `__main__` calls is meant, with the arguments of the call as defaults."""
    compiled = compile_text(TWO + "if __name__ == '__main__':\n    one(n=7)\n")
    assert names(compiled) == ["one"]
    assert compiled.pipelines[0].parameters[0].default.value == 7


def test_variable(compile_text: Any) -> None:
    """A variable that holds a configured pipeline can be named."""
    compiled = compile_text(TWO + "fast = one.with_options(enable_cache=False)\n", name="fast")
    assert not compiled["load"].cache.enabled


def test_imported(compile_text: Any) -> None:
    """A pipeline that the file only imports is found when there is no other."""
    compiled = compile_text(
        "from pipelines import inner\n",
        header=False,
        files={
            "pipelines/__init__.py": "from .inner import inner\n",
            "pipelines/inner.py": "from zenml import pipeline, step\n@step\ndef s() -> int:\n    return 1\n"
            "@pipeline\ndef inner():\n    s()\n",
        },
    )
    assert names(compiled) == ["inner"]
    assert compiled.pipeline.entrypoint == "pipelines.inner:inner"
    assert compiled.pipeline.steps["pipelines.inner:s"].entrypoint == "pipelines.inner:s"


def test_arguments_of_the_script(compile_text: Any) -> None:
    """The script's own command is evaluated with its arguments."""
    compiled = compile_text(CLICK, arguments=("--training-pipeline", "--no-cache"))
    assert names(compiled) == ["one"]
    assert not compiled["load"].cache.enabled
    assert compiled.pipelines[0].parameters[0].default.value == 4
    assert names(compile_text(CLICK, arguments=())) == ["second"]


def test_several_runs(compile_text: Any) -> None:
    """A script that runs several pipelines gives several; one that is run twice gets a number."""
    text = TWO + "if __name__ == '__main__':\n    one()\n    two_()\n    one(n=2)\n"
    assert names(compile_text(text, arguments=())) == ["one", "second", "one_2"]


def test_same_however_entered(compile_text: Any) -> None:
    """Root, entrypoints and digests don't depend on how a pipeline is entered."""
    text = TWO + "if __name__ == '__main__':\n    one()\n"
    by_name = compile_text(text, name="one").pipeline
    by_run = compile_text(text, arguments=()).pipeline
    assert by_name.model_dump() == by_run.model_dump()


def test_candidates(tmp_path: Path) -> None:
    """All pipelines of a file are listed, with their lines."""
    (tmp_path / "run.py").write_text("from zenml import pipeline, step\ndef f(): ...\nload = two = step(f)\n" + TWO)
    found = candidates(tmp_path / "run.py", Report())
    assert [(c.name, c.function, c.file, c.line) for c in found] == [
        ("one", "one", "run.py", 5),
        ("second", "two_", "run.py", 8),
    ]


def test_aliases(compile_text: Any) -> None:
    """The framework's names are known under any alias, in any module of it, and as ours."""
    text = (
        "import zenml as z\nfrom zenml.steps import step as s\nfrom zencompile import pipeline as ours\n"
        "@s\ndef a() -> int:\n    return 1\n@z.step\ndef b(x: int) -> int:\n    return x\n@ours\ndef p():\n    b(a())\n"
    )
    assert compile_text(text, header=False).ids == ["a", "b"]
