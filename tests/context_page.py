"""Write the table of the step context's fields in `docs/runtime.md`, from `zencompile_runtime.names.fields`.

python tests/context_page.py
"""

from __future__ import annotations

from pathlib import Path

from zencompile_runtime.names.fields import GIVEN, LACKING

PAGE = Path(__file__).resolve().parents[1] / "docs" / "runtime.md"
BEGIN = "<!-- fields: tests/context_page.py writes this -->\n"
END = "<!-- end of fields -->\n"
_OF_PYDANTIC = "pydantic"


def table() -> str:
    """The rows: what is there of each class, and what isn't."""
    rows = ["| object | there | not there |", "| --- | --- | --- |"]
    for kind, given in GIVEN.items():
        if kind == "StepRunInputResponse":
            continue
        lacking = [name for name, why in LACKING.get(kind, {}).items() if _OF_PYDANTIC not in why and name not in given]
        rows.append(f"| {kind} | {_names(given)} | {_names(name for name in lacking if name.islower())} |")
    return "\n".join(rows) + "\n"


def _names(names: object) -> str:
    return ", ".join(f"`{one}`" for one in sorted(names)) or "–"  # type: ignore[call-overload]


def page(text: str) -> str:
    """The page with a new table."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
