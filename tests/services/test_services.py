"""The engines' pins, and what happens where an engine can't be had."""

from __future__ import annotations

import re
from pathlib import Path

import engines
import pytest


@pytest.mark.parametrize("engine", engines.ENGINES)
def test_the_lock_holds_what_is_wanted_and_nothing_is_left_open(engine: str) -> None:
    """Every requirement of the `.in` file is pinned in the `.txt` file to that version, and every line is a pin."""
    wanted = [line for line in Path(engines.HERE, f"{engine}.in").read_text().splitlines() if line.strip()]
    locked = [
        line for line in Path(engines.HERE, f"{engine}.txt").read_text().splitlines() if line[:1] not in ("#", "")
    ]
    for line in locked:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*==[^ ]+( ; .*)?", line), line
    for line in wanted:
        name, _, version = re.sub(r"\[.*\]", "", line).partition("==")
        assert any(pin.partition(" ")[0] == f"{name.lower()}=={version}" for pin in locked), line


def test_the_examples_and_the_original_run_with_the_same_versions() -> None:
    """The real ZenML is compared by value, so it has the very libraries that the examples pin."""
    examples = Path(engines.HERE).parent.parent / "examples"
    pinned = set(Path(engines.HERE, "zenml.txt").read_text().splitlines())
    for file in sorted(examples.glob("*/requirements.txt")):
        for line in file.read_text().splitlines():
            assert line in pinned, f"{file}: {line}"


def test_an_environment_is_found_by_its_pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is built once, and built anew when a pin changes."""
    built: list[Path] = []

    def build(home: Path, pins: Path) -> None:
        built.append(home)
        home.mkdir(parents=True)

    monkeypatch.setattr(engines, "HERE", tmp_path)
    monkeypatch.setattr(engines, "build", build)
    monkeypatch.setenv("ZENCOMPILE_ENGINES", str(tmp_path / "cache"))
    (tmp_path / "kfp.txt").write_text("kfp==1\n")
    first = engines.interpreter("kfp")
    assert engines.interpreter("kfp") == first
    (tmp_path / "kfp.txt").write_text("kfp==2\n")
    assert engines.interpreter("kfp") != first
    assert len(built) == 2


def test_a_half_built_environment_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(home: Path, pins: Path) -> None:
        home.mkdir(parents=True)
        raise engines.Unavailable("the network is gone")

    monkeypatch.setattr(engines, "HERE", tmp_path)
    monkeypatch.setenv("ZENCOMPILE_ENGINES", str(tmp_path / "cache"))
    (tmp_path / "kfp.txt").write_text("kfp==1\n")
    for _ in range(2):
        monkeypatch.setattr(engines, "build", fail)
        with pytest.raises(engines.Unavailable, match="the network is gone"):
            engines.interpreter("kfp")


def test_a_missing_engine_skips_and_in_ci_fails(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "from availability import unavailable\n\n\ndef test_it():\n    unavailable('no Docker here')\n"
    pytester.makepyfile(body)
    monkeypatch.delenv("ZENCOMPILE_REQUIRE_ENGINES", raising=False)
    pytester.runpytest_inprocess("-rs").assert_outcomes(skipped=1)
    monkeypatch.setenv("ZENCOMPILE_REQUIRE_ENGINES", "1")
    pytester.runpytest_inprocess().assert_outcomes(failed=1)
