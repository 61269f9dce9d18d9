"""`docs/frontend.md` tells what happens: its example gives what it shows, and the files that it names exist."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest

from zencompile.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "frontend.md").read_text("utf-8")


def test_the_example_gives_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        name = text.partition("\n")[0].removeprefix("# ")
        (tmp_path / name).write_text(text, "utf-8")
    (shown,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    with contextlib.suppress(SystemExit):
        main(["graph", "run.py"])
    assert shown in capsys.readouterr().out


def test_the_places_that_the_page_names_exist() -> None:
    places = [
        place
        for place in re.findall(r"`([\w/]+(?:/|\.py))`", PAGE)
        if place not in ("run.py", "features.py", "config.py")
    ]
    assert len(places) > 20
    for place in places:
        bases = (
            ROOT,
            ROOT / "zencompile",
            ROOT / "zencompile" / "frontend",
            ROOT / "zencompile" / "frontend" / "values",
        )
        assert any((base / place).exists() for base in bases), place
