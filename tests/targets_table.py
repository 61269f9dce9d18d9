"""The table of capabilities in `docs/targets.md`. `python tests/targets_table.py` writes it."""

from __future__ import annotations

import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "targets.md"
TARGETS = ("local", "airflow", "kubeflow", "vertex")
_START, _END = "<!-- table -->\n", "<!-- end -->"


def word(target: str, capability: object) -> str:
    """What a cell says."""
    from zencompile import targets
    from zencompile.ir.capabilities import Capability
    from zencompile.passes import lower

    assert isinstance(capability, Capability)
    declared = targets.load(target).capabilities
    if capability in declared:
        return "yes"
    if capability in lower.IN_ANOTHER_WAY:
        return "in another way"
    if capability in lower.REWRITTEN and (Capability.CONDITION in declared or capability not in lower.OF_CONDITIONS):
        return "by steps" if capability is not Capability.MAP_CHECK or Capability.MAP in declared else "no"
    return "no"


def table() -> str:
    """The table as Markdown."""
    from zencompile.ir.capabilities import Capability

    rows = [f"| | {' | '.join(TARGETS)} |", f"| --- |{' --- |' * len(TARGETS)}"]
    rows += [f"| {one.value} | {' | '.join(word(target, one) for target in TARGETS)} |" for one in Capability]
    return "\n".join(rows) + "\n"


def page() -> str:
    """The page with the table of now."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(_START)
    return f"{before}{_START}{table()}{_END}{rest.partition(_END)[2]}"


if __name__ == "__main__":
    sys.path[:0] = [
        str(PAGE.parent.parent),
        str(PAGE.parent.parent / "backends"),
        str(PAGE.parent.parent / "templates"),
    ]
    PAGE.write_text(page(), "utf-8")
