"""A folder that many share: the files that Airflow would read, held against Airflow, and the ids in them."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from zencompile_airflow.folder import IGNORE, Folder, dag_ids

PATHS = [
    f"{folder}{name}.py"
    for folder in ("", "team_a/", "team_a/old/", "team_b/", "team_b/lib/deep/")
    for name in ("daily", "daily_old", "helpers", "train.v2")
]
LINES = (
    "daily",
    "daily.py",
    "*_old.py",
    "/daily.py",
    "team_a/",
    "team_a/old/",
    "old",
    "**/old/*.py",
    "team_b/**",
    "lib/**/helpers.py",
    "train.v?.py",
    "[dh]*.py",
    "!daily.py",
    "!team_a/",
    ".*_old",
    "^team_b/lib",
    "hel+pers",
    "# daily",
    "daily_old.py  # since 2024",
    "",
    "(",
)
ASKED = """
import json, sys
from pathlib import Path
from airflow.utils.file import find_path_from_directory
print(json.dumps([
    [sorted(Path(p).relative_to(root).as_posix() for p in find_path_from_directory(root, ".airflowignore", syntax))
     for syntax in ("glob", "regexp")]
    for root in sys.argv[1:]
]))
"""


def trees(base: Path, count: int) -> list[Path]:
    """Folders of the same files, with ignore files at random at their top and below."""
    made = []
    for number in range(count):
        chance = random.Random(number)
        root = base / str(number)
        for path in PATHS:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).touch()
        for level in ("", "team_a", "team_b"):
            if not level or chance.random() < 0.4:
                (root / level / IGNORE).write_text("\n".join(chance.sample(LINES, chance.randint(1, 3))))
        made.append(root)
    return made


@pytest.mark.airflow
def test_a_file_counts_as_hidden_if_airflow_hides_it_under_either_setting(airflow3: Any, tmp_path: Path) -> None:
    roots = trees(tmp_path, 150)
    command = [str(airflow3.python), "-c", ASKED, *map(str, roots)]
    environment = {"AIRFLOW_HOME": str(airflow3.home), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    for root, (globs, expressions) in zip(roots, json.loads(done.stdout.splitlines()[-1]), strict=True):
        wanted = sorted(set(globs) & set(expressions))
        rules = {p.relative_to(root).as_posix(): p.read_text() for p in root.rglob(IGNORE)}
        assert sorted(p.relative_to(root).as_posix() for p in Folder(root).files()) == wanted, rules
        shown = [path for path in PATHS if Folder(root).hidden_by(root / path) is None]
        assert sorted(shown) == wanted, rules


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ('with DAG("a", schedule=None):\n    pass\n', {"a": 2}),
        ('x = airflow.DAG(dag_id="a")\n', {"a": 2}),
        ('NAME = "a"\nDAG(NAME)\nmodels.DAG(dag_id="b", schedule=None)\n', {"a": 3, "b": 4}),
        ("@dag\ndef a():\n    pass\n\n\n@dag(schedule=None)\ndef b():\n    pass\n", {"a": 3, "b": 7}),
        ('@dag("c")\ndef a():\n    pass\n\n\n@decorators.dag(dag_id="d")\ndef b():\n    pass\n', {"c": 2, "d": 7}),
        ('DAG(f"{team}_daily")\n@dag(dag_id=name())\ndef b(): ...\n', {}),
        ("DAG(\n", {}),
    ],
)
def test_ids_of_a_hand_written_file_are_read_from_its_text(text: str, ids: dict[str, int]) -> None:
    assert dag_ids(f"from airflow.sdk import DAG, dag\n{text}") == ids


def test_ids_of_our_files_are_read_by_their_form(hand: Any) -> None:
    assert list(dag_ids(hand.emit(hand.digits(), dag_id="acme.digits").text)) == ["acme.digits"]
    assert list(dag_ids(hand.emit(hand.pipeline(hand.invocation("a"))).text)) == ["digits"]
