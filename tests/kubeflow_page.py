"""The parts of `docs/kubeflow.md` that come of code: pieces of a golden file, options, the rules of the server.

`python tests/kubeflow_page.py` writes them. `<!-- wines.yaml: comp-evaluate..executorLabel -->` stands before the lines
of that file from one to another, `<!-- options -->` and `<!-- rules -->` before tables.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "kubeflow.md"
GOLDEN = ROOT / "golden" / "compile" / "quickstart" / "kubeflow"
_PART = re.compile(r"<!-- (?P<name>[\w.]+\.yaml: .*?|options|rules) -->\n.*?<!-- end -->\n", re.DOTALL)
_CODES = {
    "ZC0529": "References",
    "ZC0590": "Names",
    "ZC0591": "Structure",
    "ZC0592": "Sizes",
    "ZC0593": "Settings",
    "ZC0594": "Values",
}

_SCHEDULES = {
    "concurrency": "One to ten runs at once.",
    "interval": "An interval is at least a second.",
    "cron": "What robfig/cron reads: seconds first, weekdays 0 to 6, no `L`, `W`, `#`.",
    "never-fires": "There is a moment after the start and up to the end.",
}


def page() -> str:
    """The page with the parts of now."""
    return _PART.sub(lambda found: _written(found["name"]), PAGE.read_text("utf-8"))


def _written(name: str) -> str:
    tables = {"options": _options, "rules": _rules}
    if name in tables:
        return f"<!-- {name} -->\n{tables[name]()}<!-- end -->\n"
    path, _, ends = name.partition(": ")
    first, last = ends.split("..")
    lines = excerpt((GOLDEN / path).read_text("utf-8"), first, last)
    return f"<!-- {name} -->\n```yaml\n{lines}\n```\n<!-- end -->\n"


def excerpt(text: str, first: str, last: str) -> str:
    """The lines from the one that begins with `first` to the next that begins with `last`."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if _words(line).startswith(first))
    end = next(n for n, line in enumerate(lines) if n >= start and _words(line).startswith(last))
    return "\n".join(lines[start : end + 1])


def _words(line: str) -> str:
    """A line without its indentation and what YAML puts before a text."""
    return line.lstrip("# ").removeprefix("- ").lstrip("\"'")


def _options() -> str:
    from zencompile_kubeflow.options import Options

    rows = ["| option | what it says |", "| --- | --- |"]
    rows += [f"| `{name}` | {field.description} |" for name, field in Options.model_fields.items()]
    return "\n".join(rows) + "\n"


def _rules() -> str:
    return "\n".join("\n".join(_table(code)) for code in _CODES)


def _table(code: str) -> Iterator[str]:
    from zencompile_kubeflow import rules
    from zencompile_kubeflow.rules import schedules

    yield f"**{_CODES[code]} ({code})**\n"
    yield "| rule | meaning | since | source |\n| --- | --- | --- | --- |"
    for rule in (*rules.TABLE, *schedules.RULES):
        if rule.code == code:
            told = " (warning)" * rule.warns + " (files of this compiler)" * rule.ours
            meaning = _SCHEDULES.get(rule.name) or _meaning(rule.check)
            yield f"| `{rule.name}`{told} | {meaning} | {rule.since} | {rule.source} |"
    yield ""


def _meaning(check: object) -> str:
    """The first paragraph of a check's docstring, on one line."""
    return " ".join((check.__doc__ or "").split("\n\n")[0].split())


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "backends"), str(ROOT / "templates")]
    PAGE.write_text(page(), "utf-8")
