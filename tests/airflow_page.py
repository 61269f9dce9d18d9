"""The parts of `docs/airflow.md` that come of what is compiled. `python tests/airflow_page.py` writes them.

`<!-- golden: PART -->` stands before a part of the golden DAG file, `<!-- matrix -->` before the table of what becomes
of a feature with each operator: each row is a pipeline that is compiled with the feature and without, and its cells are
what differs in the DAG file.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "airflow.md"
GOLDEN = ROOT / "golden" / "compile" / "churn_training" / "airflow" / "churn_training.py"
OPERATORS = ("bash", "docker", "kubernetes")
_TASKS = 3  # of the golden file's tasks that the page shows
_PART = re.compile(r"<!-- (golden: \w+|matrix) -->\n.*?<!-- end -->\n", re.DOTALL)


def page() -> str:
    """The page with the parts of now."""
    parts = golden()
    return _PART.sub(lambda found: _written(found[1], parts), PAGE.read_text("utf-8"))


def _written(name: str, parts: dict[str, str]) -> str:
    kind, _, part = name.partition(": ")
    text = matrix() if kind == "matrix" else f"```python\n{parts[part]}\n```\n"
    return f"<!-- {name} -->\n{text}<!-- end -->\n"


# -- the golden file ---------------------------------------------------------------------------------------------------


def golden() -> dict[str, str]:
    """The parts of the golden file: `head`, `imports`, `constants`, `helper`, `dag`, `tasks`, `edges`."""
    text = GOLDEN.read_text("utf-8")
    lines, tree = text.split("\n"), ast.parse(text)
    kinds: dict[str, list[ast.stmt]] = {"imports": [], "constants": [], "helper": [], "with": []}
    for node in tree.body[1:]:
        kinds[_kind(node)].append(node)
    (block,) = kinds["with"]
    assert isinstance(block, ast.With)
    tasks = [node for node in block.body if isinstance(node, ast.Assign)]
    edges = [node for node in block.body if isinstance(node, ast.Expr)]
    docstring = tree.body[0]
    return {
        "head": "\n".join(lines[: docstring.end_lineno]),
        "imports": _of(lines, kinds["imports"]),
        "constants": _of(lines, kinds["constants"]),
        "helper": _of(lines, kinds["helper"]),
        "dag": "\n".join(lines[block.lineno - 1 : block.body[0].lineno - 1]),
        "tasks": _of(lines, tasks[:_TASKS]) + "\n    ...",
        "edges": _of(lines, edges),
    }


def _kind(node: ast.stmt) -> str:
    if isinstance(node, ast.With):
        return "with"
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return "helper"
    return "constants" if isinstance(node, (ast.Assign, ast.AnnAssign)) else "imports"


def _of(lines: list[str], nodes: list[ast.stmt]) -> str:
    first, last = min(node.lineno for node in nodes), max(node.end_lineno or 0 for node in nodes)
    return "\n".join(lines[first - 1 : last])


# -- the matrix --------------------------------------------------------------------------------------------------------


def features() -> dict[str, dict[str, Any]]:
    """What a feature adds: a change of the invocation `fit`, of the pipeline, or options, by kind."""
    from zencompile import ir

    text, literal = ir.Text(value="dev"), ir.Literal(value=3)
    integer = ir.Type(name="int")
    return {
        "an input from another step": {"inputs": {"x": ir.OutputRef(invocation="load", output="output")}},
        "a value": {"inputs": {"x": literal}},
        "a parameter of the pipeline": {
            "inputs": {"x": ir.ParameterRef(name="n")},
            "pipeline": {"parameters": (ir.Parameter(name="n", type=integer, default=literal),)},
        },
        "order without data (`after`)": {"after": ("load",)},
        "retries": {"retry": ir.Retry(max_retries=2, delay=5, backoff=1)},
        "retries that wait longer each time": {"retry": ir.Retry(max_retries=2, delay=5, backoff=2)},
        "a timeout": {"timeout": 60},
        "CPUs": {"resources": ir.Resources(cpu=2)},
        "memory": {"resources": ir.Resources(memory=2**31)},
        "GPUs": {"resources": ir.Resources(gpu=1)},
        "a kind of GPU": {"resources": ir.Resources(gpu=1, gpu_class="a100")},
        "a variable with a text": {"variables": {"STAGE": text}},
        "a variable of Airflow": {"variables": {"REGION": ir.EnvironmentReference(name="REGION")}},
        "a key of a secret": {"variables": {"TOKEN": ir.SecretReference(name="db", key="token")}},
        "a whole secret": {"secrets": ("db",)},
        "no cache": {"cache": ir.CachePolicy(enabled=False)},
        "a hook on failure": {"hooks": ir.Hooks(on_failure=ir.Hook(entrypoint="hooks:alert"))},
        "a group": {"group": ir.Group(id="fits", name="fits")},
        "execution mode `fail_fast`": {"pipeline": {"execution_mode": "fail_fast"}},
        "a schedule": {"pipeline": {"schedule": ir.Schedule(cron="0 3 * * *", timezone="Europe/Berlin")}},
        "a store in a folder": {"options": {"store": "/srv/ml", "volume_claim": "ml"}},
        "a pool": {"options": {"pool": "gpus"}},
        "a queue": {"options": {"queue": "long"}},
        "other code is only warned of": {"options": {"drift": "warn"}},
    }


def matrix() -> str:
    """The table as Markdown."""
    rows = [f"| | {' | '.join(OPERATORS)} |", f"| --- |{' --- |' * len(OPERATORS)}"]
    for name, change in features().items():
        rows.append(f"| {name} | {' | '.join(_cell(operator, change) for operator in OPERATORS)} |")
    return "\n".join(rows) + "\n"


def _cell(operator: str, change: Any) -> str:
    hand = _hand()
    invocation = {k: v for k, v in change.items() if k not in ("pipeline", "options")}
    options = {"operator": operator, **change.get("options", {})}
    load = hand.invocation("load")
    plain = hand.emit(hand.pipeline(load, hand.invocation("fit")), operator=operator)
    given = hand.emit(
        hand.pipeline(load, hand.invocation("fit", **invocation), **change.get("pipeline", {})), **options
    )
    codes = sorted({diagnostic.code for diagnostic in given.report})
    if given.report.errors:
        return f"no ({', '.join(codes)})"
    before, after = (set(_said(emitted.text)) for emitted in (plain, given))
    found = ", ".join(f"`{one}`" for one in sorted(after - before))
    told = f"({', '.join(codes)})" if codes else ""
    return " ".join(filter(None, [found or "–", told]))


def _hand() -> Any:
    spec = importlib.util.spec_from_file_location("airflow_conftest", ROOT / "tests" / "airflow" / "conftest.py")
    assert spec is not None and spec.loader is not None
    if spec.name not in sys.modules:
        sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[spec.name])
    return sys.modules[spec.name].Hand()


def _said(text: str) -> Iterator[str]:
    """What a DAG file says: arguments of its operator and of the DAG, flags of the step command, groups, edges."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            yield from _arguments(node, called)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift):
            yield ">>"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            flag = re.match(r"--[a-z-]+", node.value)
            if flag and flag[0] not in ("--code", "--id"):
                yield flag[0]


_HELPERS = re.compile(r"(?:\w+_)?step")


def _arguments(node: ast.Call, called: str) -> Iterator[str]:
    if called.startswith("DAG"):
        yield from (f"DAG({k.arg}=)" for k in node.keywords if k.arg and not _is_none(k.value))
        yield from ("DAG(fail_fast=)" for k in node.keywords if k.arg is None)
    elif called.endswith("Operator") or _HELPERS.fullmatch(called):
        yield from (f"{keyword.arg}=" for keyword in node.keywords if keyword.arg and keyword.arg != "code")
    elif called in ("TaskGroup", "Param", "Secret"):
        yield f"{called}()"


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "backends"), str(ROOT / "templates")]
    PAGE.write_text(page(), "utf-8")
