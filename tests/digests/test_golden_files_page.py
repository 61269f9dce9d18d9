"""The page on compiled files under review: its commands do what it says, in the order of the page."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from repositories import ROOT, environment

PAGE = (ROOT / "docs" / "golden-files.md").read_text("utf-8")
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.S | re.M)


def blocks(language: str) -> list[str]:
    return [text for found, text in FENCED.findall(PAGE) if found == language]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The page's repository before its first commit."""
    root = tmp_path / "shop"
    root.mkdir()
    for name, text in zip(("steps.py", "run.py"), blocks("python"), strict=True):
        assert f"`{name}`:" in PAGE
        (root / name).write_text(text)
    (root / "limits.py").write_text("MOST = 1000.0\n")
    (root / "sold.csv").write_text("1\n2\n")
    (root / "pyproject.toml").write_text(blocks("toml")[0])
    run("git init -q && git config user.name u && git config user.email u@e", root)
    return root


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, env=environment())


def test_every_command_does_what_the_page_says(shop: Path) -> None:
    """Each ends with 0, or with the exit code that stands behind it; the difference shown is the difference made."""
    said: dict[str, str] = {}
    for block in blocks("sh"):
        for line in block.splitlines():
            command, _, wanted = line.partition("  # exit ")
            called = command.replace("zencompile ", f"{sys.executable} -m zencompile ", 1)
            done = run(called if command.startswith("zencompile ") else command, shop)
            assert done.returncode == int(wanted or 0), f"{line}\n{done.stdout}{done.stderr}"
            said[command] = done.stdout + done.stderr
    (shown,) = blocks("diff")
    lines = [line for line in said["git diff --unified=0 dags"].splitlines() if re.match(r"[-+](?![-+])", line)]
    assert [_blank(line) for line in lines] == [_blank(line) for line in shown.splitlines()]
    dry = said["zencompile build --dry-run"].splitlines()
    assert all(line.startswith("registry.example.com/team/shop:") for line in dry)
    assert len(dry) == 2
    committed, deployed = (shop / "dags" / "sales.py").read_text(), (shop.parent / "deployed/sales.py").read_text()
    assert 'IMAGE = "registry.example.com/team/shop:review"' in committed
    assert 'code="review"' in committed
    assert _blank(deployed) != deployed
    assert "review" not in deployed
    zencompile = f"{sys.executable} -m zencompile"
    assert run(f"rm -rf build && {zencompile} run.py --target airflow -o dags", shop).returncode == 0
    built = run(f"{zencompile} build --dry-run", shop)
    assert (built.returncode, built.stdout) == (0, "") and 'tagged "review"' in built.stderr


def _blank(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{12}\b", "…", text)
