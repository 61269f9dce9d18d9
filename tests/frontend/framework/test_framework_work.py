"""Work in the body of a pipeline: told of once, at its line; what leads to a step, computes or displays is none."""

from __future__ import annotations

from typing import Any

import pytest

HEAD = """
import json
import logging
import os
import random
import shutil
import subprocess
import tempfile
import urllib.request
import warnings
from pathlib import Path

import boto3
import click
import cloudjobs
import mlflow
import numpy as np
import pandas as pd
import requests
from loguru import logger as guru
from rich.console import Console
from tqdm import tqdm
from zenml import add_tags, log_metadata, pipeline, step
from zenml.client import Client
from zenml.logger import get_logger

logger = get_logger(__name__)
log = logging.getLogger(__name__)
console = Console()
client = boto3.client("s3")


def helper(text):
    requests.post("http://x", json=text)  # in the helper


def helped():
    return cloudjobs.config()


@step
def show(v: object) -> None: ...


@pipeline
def p():
    show(v=0)
"""

WORK = """
cloudjobs.start()
cloudjobs.Job(image="x").start()
requests.post("http://x")
response = requests.post("http://x")
_ = requests.post("http://x")
requests.post("http://x").raise_for_status()
assert requests.post("http://x").ok
if requests.post("http://x").ok: pass
if requests.post("http://x").ok: print("ok")
print(cloudjobs.start())
logger.info(cloudjobs.start())
log.info("%s", cloudjobs.start())
x = json.dumps(cloudjobs.start())
x = [cloudjobs.start()]
x = {"a": cloudjobs.start()}
x = f"{cloudjobs.start()}"
client.create_bucket(Bucket="b")
mlflow.set_experiment("x")
mlflow.log_param("a", 1)
mlflow.start_run()
with mlflow.start_run(): pass
np.random.seed(1)
np.save("x.npy", 1)
pd.DataFrame().to_csv("x.csv")
os.makedirs("made")
os.mkdir("made")
os.system("ls")
os.remove("x")
os.rename("a", "b")
os.kill(1, 2)
os.environ["A"] = "b"
os.environ.update(A="b")
os.environ.setdefault("A", "b")
os.putenv("A", "b")
subprocess.run(["ls"])
subprocess.check_call(["ls"])
subprocess.Popen(["ls"])
shutil.rmtree("x")
shutil.copy("a", "b")
shutil.move("a", "b")
open("x", "w")
open("x", "w").write("y")
with open("x", "w") as f: f.write("y")
Path("x").write_text("y")
Path("made").mkdir()
Path("x").unlink()
Path("x").touch()
urllib.request.urlopen("http://x")
Client().create_tag("x")
Client().activate_stack("x")
Client().delete_pipeline("x")
log_metadata({"a": 1})
add_tags(["a"])
helper("x")
for i in range(3): cloudjobs.start(i)
[cloudjobs.start(i) for i in range(3)]
(lambda: cloudjobs.start())()
while cloudjobs.start(): pass
""".strip().splitlines()

NONE = """
print("a")
logger.info("a")
log.warning("a %s", 1)
guru.info("a")
console.print("a"); console.print("b")
click.echo("a")
warnings.warn("a")
for _ in tqdm(range(3)): pass
x = np.mean([1, 2])
print(np.mean([1, 2]))
x = pd.DataFrame()
x = json.dumps({"a": 1})
print(Path("x").exists())
Client().get_pipeline("x")
Client().list_stacks()
show(v=cloudjobs.config())
x = cloudjobs.config(); show(v=x)
x = cloudjobs.config(); show(v=x.name)
x = cloudjobs.config(cloudjobs.other()); show(v=x)
show(v=[cloudjobs.config()])
show(v={"a": cloudjobs.config()})
show(v=f"{cloudjobs.config()}")
show(v=helped())
show.with_options(parameters={"v": cloudjobs.config()})()
os.makedirs(".", exist_ok=True)
def unused(): cloudjobs.start()
""".strip().splitlines()


@pytest.mark.parametrize("statement", WORK)
def test_work_is_told_of_once_at_its_line(statement: str, compile_text: Any) -> None:
    """A warning, and the steps are compiled as they are."""
    program = HEAD + "    " + statement.replace("\\n", "\n") + "\n"
    compiled = compile_text(program, name="p", header=False)
    assert compiled.ids == ["show"]
    told = [d for d in compiled.report if d.code == "ZC0239"]
    assert len({d.span for d in told}) == len(told)
    line = HEAD.splitlines().index('    requests.post("http://x", json=text)  # in the helper') + 1
    lines = {d.span.line for d in told}
    assert lines == ({line} if statement.startswith("helper") else {len(HEAD.splitlines()) + 1})


@pytest.mark.parametrize("statement", NONE)
def test_what_leads_to_a_step_computes_or_displays_is_no_work(statement: str, compile_text: Any) -> None:
    """Nothing is said."""
    compiled = compile_text(HEAD + "    " + statement + "\n", name="p", header=False)
    assert [d.message for d in compiled.report if d.code == "ZC0239"] == []


@pytest.mark.parametrize("statement", ["cloudjobs.start()", "requests.post('x')", "open('x', 'w')", "client.make()"])
def test_a_module_may_work_where_it_is_imported(statement: str, compile_text: Any) -> None:
    """It is imported where steps run, too."""
    program = HEAD.replace("\n\n\ndef helper", f"\n{statement}\n\n\ndef helper")
    assert "ZC0239" not in compile_text(program, name="p", header=False).warnings
