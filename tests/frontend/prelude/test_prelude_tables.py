"""What the prelude models means what it means in Python, or is unknown: a table of calls for every name."""

from __future__ import annotations

from pathlib import Path

import prelude_names
import pytest
from prelude_rows import compare, differs, read_rows

FAULTS = {row.source for row in read_rows(Path(__file__).parent / "faults.txt")}
"""Rows that are known to be wrong."""
TABLES = sorted((Path(__file__).parent / "tables").glob("*.txt"))


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_each_row_is_as_in_python_or_unknown(table: Path, tmp_path: Path) -> None:
    """Value, type, text and exception of each row are Python's, wherever something certain is said; but for the rows
    that are listed as faults, which must still be some."""
    wrong = {
        row.source: f"{row.source}\n    Python: {wanted}\n    here:   {found}"
        for row, wanted, found in compare(tmp_path, read_rows(table))
        if differs(wanted, found)
    }
    assert not [text for source, text in wrong.items() if source not in FAULTS], "\n".join(wrong.values())
    gone = [row.source for row in read_rows(table) if row.source in FAULTS and row.source not in wrong]
    assert not gone, f"no faults any more, take them out of faults.txt: {gone}"


def test_each_name_has_rows() -> None:
    """A name that is modelled has a table."""
    known = {row.name for table in TABLES for row in read_rows(table)}
    assert sorted(set(prelude_names.modelled()) - known - NO_ROWS) == []


NO_ROWS = frozenset(
    ["property", "abc.abstractproperty", "dataclasses.KW_ONLY", "datetime.tzinfo", "enum.property", "enum.verify",
     "functools.singledispatchmethod", "os.chown", "os.killpg"]
)  # fmt: skip
"""Names that no row can show by itself."""
