"""The parts of `docs/vertex.md` that come of code: pieces of the golden case's files, options, rules.

`python tests/vertex_page.py` writes them. `<!-- trees.job.yaml: displayName..serviceAccount -->` stands before the
lines of that file from one to another, `<!-- options -->` and `<!-- rules -->` before tables.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "vertex.md"
CASE = ROOT / "golden" / "compile" / "vertex_machines"
_PART = re.compile(r"<!-- (?P<name>[\w.]+\.yaml: .*?|options|rules) -->\n.*?<!-- end -->\n", re.DOTALL)


def page() -> str:
    """The page with the parts of now."""
    import goldens

    files = goldens.compiled(CASE)
    return _PART.sub(lambda found: _written(found["name"], files), PAGE.read_text("utf-8"))


def _written(name: str, files: dict[str, str]) -> str:
    if name == "options":
        return f"<!-- options -->\n{_options()}<!-- end -->\n"
    if name == "rules":
        return f"<!-- rules -->\n{_rules()}<!-- end -->\n"
    path, _, ends = name.partition(": ")
    return f"<!-- {name} -->\n```yaml\n{_lines(files[f'vertex/{path}'], *ends.split('..'))}\n```\n<!-- end -->\n"


def _lines(text: str, first: str, last: str) -> str:
    """The lines from the one that begins with `first` to the one that begins with `last`."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.lstrip("# ").startswith(first))
    end = next(number for number, line in enumerate(lines) if number >= start and line.lstrip("# ").startswith(last))
    return "\n".join(lines[start : end + 1])


def _options() -> str:
    from zencompile_kubeflow.vertex.options import Options

    rows = ["| option | what it says |", "| --- | --- |"]
    rows += [f"| `{name}` | {field.description} |" for name, field in Options.model_fields.items()]
    return "\n".join(rows) + "\n"


def _rules() -> str:
    from zencompile_kubeflow.vertex import rules

    rows = ["| of | rule | written in |", "| --- | --- | --- |"]
    tables = {"pipeline": rules.OF_SPEC, "job": rules.OF_JOB, "schedule": rules.OF_SCHEDULE}
    for what, table in tables.items():
        rows += [f"| {what} | {rule.name} | {_source(rule.source)} |" for rule in table]
    return "\n".join(rows) + "\n"


def _source(text: str) -> str:
    return ", ".join(part if part.startswith("http") else f"`{part}`" for part in text.split(", "))


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "backends"), str(ROOT / "templates")]
    PAGE.write_text(page(), "utf-8")
