"""The command line: what it refuses, how, and what it leaves alone."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from calling import call

GOOD = """\
from zenml import pipeline, step


@step
def load(n: int = 3) -> int:
    return n


@pipeline
def small(n: int = 3):
    load(n)


if __name__ == "__main__":
    small()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "run.py").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_missing_file_is_a_wrong_call(project: Path) -> None:
    """Exit code 2, and the nearest name as help."""
    answer = call("rnu.py", "--target", "local")
    assert answer.code == 2
    assert "error[ZC0001]: there is no file `rnu.py`" in answer.err
    assert "did you mean `run.py`?" in answer.err


def test_a_folder_is_a_wrong_call(project: Path) -> None:
    assert call(".", "--target", "local").code == 2


def test_an_unknown_target_is_a_wrong_call(project: Path) -> None:
    """The installed ones are listed, the nearest is proposed."""
    answer = call("run.py", "--target", "airlfow")
    assert answer.code == 2
    assert "did you mean `airflow`?" in answer.err
    assert "kubeflow" in answer.err


def test_no_target_is_a_wrong_call(project: Path) -> None:
    answer = call("run.py")
    assert (answer.code, "no target is given" in answer.err) == (2, True)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("airflow.oprator=docker", "has no option `oprator`"),
        ("airflow.operator=dokcer", "bad value of `airflow.operator`"),
        ("operator=docker", "names no target"),
    ],
)
def test_a_wrong_option_of_a_target_is_a_wrong_call(project: Path, setting: str, message: str) -> None:
    answer = call("run.py", "--target", "airflow", "--set", setting)
    assert answer.code == 2
    assert message in answer.err


def test_a_parameter_without_a_value_is_a_wrong_call(project: Path) -> None:
    assert call("run.py", "--target", "local", "--param", "n").code == 2


def test_a_named_pipeline_that_is_not_there(project: Path) -> None:
    answer = call("run.py:smal", "--target", "local")
    assert answer.code == 1
    assert "ZC0005" in answer.err and "small" in answer.err


def test_a_file_that_is_not_text(project: Path) -> None:
    (project / "run.py").write_bytes(b"\x00\xff\xfe\x80pipeline")
    answer = call("run.py", "--target", "local")
    assert answer.code == 1
    assert "error[ZC0" in answer.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write(project: Path) -> None:
    locked = project / "locked"
    locked.mkdir()
    locked.chmod(stat.S_IRUSR | stat.S_IXUSR)
    answer = call("run.py", "--target", "local", "-o", locked)
    assert answer.code == 1
    assert "ZC0006" in answer.err


def test_an_output_that_can_not_be_written_changes_nothing(project: Path) -> None:
    """A file stands where a folder should go: one diagnostic, nothing half-written, earlier output as it was."""
    assert call("run.py", "--target", "local", "-o", "out").code == 0
    before = files(project)
    (project / "run.py").write_text(GOOD.replace("return n", "return n + 1"))
    (project / "file").write_text("")
    answer = call("run.py", "--target", "local", "-o", "file/dags")
    assert answer.code == 1
    assert answer.err.count("error[") == 1 and "ZC0006" in answer.err
    after = files(project)
    assert {k: v for k, v in after.items() if k not in ("run.py", "file")} == {
        k: v for k, v in before.items() if k != "run.py"
    }


def test_a_failed_compilation_leaves_earlier_output(project: Path) -> None:
    assert call("run.py", "--target", "local").code == 0
    before = files(project / "build")
    (project / "run.py").write_text(GOOD.replace("load(n)", "load(m=n)"))
    answer = call("run.py", "--target", "local")
    assert answer.code == 1
    assert "run.py:11:" in answer.err
    assert files(project / "build") == before


def test_check_shows_a_diff_and_writes_nothing(project: Path) -> None:
    """Exit code 3 when files are stale, 0 when they are not."""
    assert call("run.py", "--target", "local", "--check").code == 3
    assert not (project / "build").exists()
    assert call("run.py", "--target", "local").code == 0
    assert call("run.py", "--target", "local", "--check").code == 0
    (project / "run.py").write_text(GOOD.replace("n: int = 3):\n    load", "n: int = 4):\n    load"))
    answer = call("run.py", "--target", "local", "--check")
    assert answer.code == 3
    assert "ZC0010" in answer.err
    assert any(line.startswith("+") and "4" in line for line in answer.out.splitlines())


def test_a_second_compilation_changes_no_file(project: Path) -> None:
    assert call("run.py", "--target", "airflow").code == 0
    answer = call("run.py", "--target", "airflow")
    assert answer.code == 0
    assert "unchanged" in answer.out and " 0 of " in answer.out


def test_an_image_that_nothing_needs_any_longer_goes_from_the_build_folder(project: Path) -> None:
    docker = GOOD.replace("@step\n", '@step(settings={"docker": {"requirements": ["six==1.17.0"]}})\n')
    (project / "run.py").write_text(docker)
    assert call("run.py", "--target", "airflow").code == 0
    first = set(files(project / "build" / "images"))
    (project / "run.py").write_text(GOOD)
    assert call("run.py", "--target", "airflow").code == 0
    second = set(files(project / "build" / "images"))
    assert second and not (first - second) & second
    assert any("requirements" in path for path in first) and first != second


def test_machines_read_diagnostics(project: Path) -> None:
    """JSON lines, GitHub annotations and SARIF name code, file and line."""
    (project / "run.py").write_text(GOOD.replace("load(n)", "load(m=n)"))
    lines = call("run.py", "--target", "local", "--diagnostics-format", "json").err.splitlines()
    records = [json.loads(line) for line in lines]
    assert {(r["place"]["file"], r["place"]["line"]) for r in records if r["severity"] == "error"} == {("run.py", 11)}
    github = call("run.py", "--target", "local", "--diagnostics-format", "github").err
    assert "::error file=run.py,line=11" in github
    sarif = json.loads(call("run.py", "--target", "local", "--diagnostics-format", "sarif").err)
    assert sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 11


def test_explain_knows_every_code() -> None:
    from zencompile.diagnostics import CODES

    for code in CODES:
        answer = call("explain", code)
        assert answer.code == 0
        assert answer.out.startswith(f"# {code}: ")
    assert call("explain", "ZC9999").code == 2


def test_graph_shows_the_dag_in_every_form(project: Path) -> None:
    """The JSON is the stable schema; the pictures name every step."""
    answer = json.loads(call("graph", "run.py", "--format", "json").out)
    (pipeline,) = answer["pipelines"]
    assert pipeline["source"] == "run.py:small"
    assert pipeline["parameters"] == [{"name": "n", "default": 3, "binding": "runtime"}]
    (load,) = pipeline["invocations"]
    assert load["step"] == "run.py:load"
    assert load["parameters"] == {"n": {"$param": "n"}}
    assert load["outputs"] == ["output"]
    for shape in ("text", "mermaid", "svg", "html"):
        assert "load" in call("graph", "run.py", "--format", shape).out


def test_list_tells_where_pipelines_are_and_whether_they_compile(project: Path) -> None:
    (project / "bad.py").write_text(GOOD.replace("load(n)", "load(m=n)").replace("def small", "def broken"))
    rows = json.loads(call("list", ".", "--json").out)["pipelines"]
    found = {row["pipeline"]: row for row in rows}
    assert found["broken"]["errors"][0]["place"].startswith("bad.py:11:")
    assert found["small"]["compiles"] and set(found["small"]["targets"]) >= {"airflow", "kubeflow", "local"}
    assert (found["small"]["file"], found["small"]["line"]) == ("run.py", 10)


def test_a_profile_gives_options(project: Path) -> None:
    """Options come from the configuration, then the profile, then the command line."""
    (project / "pyproject.toml").write_text(
        '[tool.zencompile]\ntarget = "airflow"\noutput = "dags"\nnamespace = "acme"\n'
        '[tool.zencompile.profiles.plain]\noutput = "plain"\n'
        '[tool.zencompile.profiles.plain.airflow]\noperator = "bash"\n'
    )
    assert call("run.py").code == 0
    assert "DockerOperator" in (project / "dags" / "small.py").read_text()
    assert "acme/small" in (project / "dags" / "small.py").read_text()
    assert call("run.py", "--profile", "plain").code == 0
    assert "BashOperator" in (project / "plain" / "small.py").read_text()
    answer = call("run.py", "--profile", "plian")
    assert answer.code == 2 and "ZC0303" in answer.err


def test_a_wrong_key_in_the_configuration_is_shown_in_its_file(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.zencompile]\nouptut = "dags"\n')
    answer = call("run.py", "--target", "local")
    assert answer.code == 2
    assert "pyproject.toml:2:1" in answer.err and "did you mean `output`?" in answer.err


def test_a_script_that_runs_several_pipelines_gives_several_outputs(project: Path) -> None:
    """The script decides, with and without `--`; no run is dropped."""
    second = GOOD.replace("def small", "def other").split("@pipeline")[1].split("\n\n\nif")[0]
    source = GOOD.replace("\n\nif __name__", f"\n@pipeline{second}\n\n\nif __name__") + "    other()\n"
    (project / "run.py").write_text(source)
    assert call("run.py", "--target", "local").code == 0
    assert {path.name for path in (project / "build" / "local").iterdir()} == {"small.py", "other.py"}
    assert call("run.py", "--target", "local", "--check", "--").code == 0
    assert {path.name for path in (project / "build" / "local").iterdir()} == {"small.py", "other.py"}


def test_a_stray_word_is_a_wrong_call(project: Path) -> None:
    answer = call("run.py", "local", "--target", "local")
    assert answer.code == 2
    assert "unexpected `local`" in answer.err and "behind `--`" in answer.err


def test_configured_output_is_the_same_from_any_directory(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output and the build folder stand beside the configuration that names the output."""
    (project / "pyproject.toml").write_text('[tool.zencompile]\ntarget = "local"\noutput = "out"\n')
    assert call("run.py").code == 0
    (project / "sub").mkdir()
    monkeypatch.chdir(project / "sub")
    assert call("../run.py", "--check").code == 0
    assert call("../run.py").code == 0
    assert not list((project / "sub").iterdir())


def test_a_table_of_no_target_is_shown(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.zencompile.aifrlow]\noperator = "bash"\n')
    answer = call("run.py", "--target", "airflow")
    assert answer.code == 2
    assert "ZC0302" in answer.err and "did you mean `tool.zencompile.airflow`?" in answer.err


def test_a_variable_of_a_step_stays_a_reference(project: Path) -> None:
    """`--env` answers what structure needs; it never writes a value into a variable."""
    source = GOOD.replace("@step\n", '@step(environment={"MY_TOKEN": os.getenv("MY_TOKEN", "none")})\n')
    (project / "run.py").write_text("import os\n" + source)
    assert call("run.py", "--target", "airflow", "--env", "MY_TOKEN=zz-secret").code == 0
    written = b"".join(files(project / "build").values())
    assert b"zz-secret" not in written and b"var.value.get('MY_TOKEN', 'none')" in written


def test_a_script_lists_what_it_runs(project: Path) -> None:
    """Pipelines that a script imports and runs are listed; those that it defines come first, by themselves."""
    (project / "script.py").write_text(
        "from run import small\n\nif __name__ == '__main__':\n    small(1)\n    small(2)\n"
    )
    answer = call("list", "script.py", "--json")
    assert [(row["pipeline"], row["file"]) for row in json.loads(answer.out)["pipelines"]] == [
        ("small", "run.py"),
        ("small_2", "run.py"),
    ]
    answer = call("list", "run.py", "--json")
    assert [row["pipeline"] for row in json.loads(answer.out)["pipelines"]] == ["small"]


def test_one_place_for_two_runs_is_refused(project: Path) -> None:
    """An id that is chosen for one DAG is not given to two."""
    (project / "run.py").write_text(GOOD.replace("    small()\n", "    small(1)\n    small(2)\n"))
    answer = call("run.py", "--target", "airflow", "--set", "airflow.dag_id=mine", "-o", "dags")
    assert answer.code == 1 and "ZC0019" in answer.err
    assert not (project / "dags").exists()
