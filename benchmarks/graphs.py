"""The same graph for every tool: sources for zencompile, the KFP SDK and Hera, and for runners of this machine.

Shapes: `chain`; `fan` (one source, many workers, one sink); `layers` (rows ten wide, each step reads three of the row
above).
"""

from __future__ import annotations

import random

SHAPES = ("chain", "fan", "layers")


def upstream(shape: str, count: int, seed: int = 0) -> list[list[int]]:
    """For each step, the steps that it reads."""
    if shape == "chain":
        return [[i - 1] if i else [] for i in range(count)]
    if shape == "fan":
        return [[], *([0] for _ in range(count - 2)), list(range(1, count - 1))]
    draw = random.Random(seed)
    return [sorted(draw.sample(range(10 * (i // 10 - 1), 10 * (i // 10)), 3)) if i >= 10 else [] for i in range(count)]


def _function(number: int, reads: list[int], decorator: str) -> str:
    names = [f"x{up}" for up in reads]
    total = " + ".join(names) or "0" if len(names) < 4 else f"sum([{', '.join(names)}])"
    parameters = ", ".join(f"{name}: int" for name in names)
    return f"\n\n{decorator}\ndef step_{number}({parameters}) -> int:\n    # step {number}\n    return {total} + 1\n"


def zencompile_source(shape: str, count: int) -> str:
    """A run.py in the ZenML style."""
    graph = upstream(shape, count)
    parts = ["from zenml import pipeline, step\n"]
    parts += [_function(i, reads, "@step") for i, reads in enumerate(graph)]
    parts.append("\n\n@pipeline\ndef bench():\n")
    parts += [f"    v{i} = step_{i}({', '.join(f'v{up}' for up in reads)})\n" for i, reads in enumerate(graph)]
    parts.append('\n\nif __name__ == "__main__":\n    bench()\n')
    return "".join(parts)


def kfp_source(shape: str, count: int) -> str:
    """A program that compiles the graph with the KFP SDK: `python FILE OUT.yaml`."""
    graph = upstream(shape, count)
    parts = ["import sys\n\nfrom kfp import compiler, dsl\n"]
    parts += [_function(i, reads, "@dsl.component(base_image='python:3.11')") for i, reads in enumerate(graph)]
    parts.append("\n\n@dsl.pipeline(name='bench')\ndef bench():\n")
    for i, reads in enumerate(graph):
        parts.append(f"    v{i} = step_{i}({', '.join(f'x{up}=v{up}.output' for up in reads)})\n")
    parts.append("\n\ncompiler.Compiler().compile(bench, sys.argv[1])\n")
    return "".join(parts)


def hera_source(shape: str, count: int) -> str:
    """A program that compiles the graph to an Argo workflow with Hera: `python FILE OUT.yaml`."""
    graph = upstream(shape, count)
    parts = ["import sys\n\nfrom hera.workflows import DAG, Workflow, script\n"]
    parts += [_function(i, reads, "@script(image='python:3.11')") for i, reads in enumerate(graph)]
    parts.append('\n\nwith Workflow(generate_name="bench-", entrypoint="bench") as w:\n    with DAG(name="bench"):\n')
    for i, reads in enumerate(graph):
        arguments = "{" + ", ".join(f'"x{up}": v{up}.result' for up in reads) + "}"
        parts.append(f'        v{i} = step_{i}(name="s{i}"' + (f", arguments={arguments})\n" if reads else ")\n"))
        if reads:
            parts.append(f"        [{', '.join(f'v{up}' for up in reads)}] >> v{i}\n")
    parts.append('\nopen(sys.argv[1], "w").write(w.to_yaml())\n')
    return "".join(parts)


# -- programs that run the graph on this machine: `python FILE` -------------------------------------------------------


def zenml_program(shape: str, count: int, sleep: float = 0.0) -> str:
    """The source that zencompile reads, which the original runs. The steps between the first and the last sleep."""
    return _sleeping(zencompile_source(shape, count), count, sleep, "    ")


def prefect_program(shape: str, count: int, sleep: float = 0.0) -> str:
    """Tasks submitted to Prefect's default task runner, cached by their source and inputs."""
    graph = upstream(shape, count)
    decorator = "@task(cache_policy=INPUTS + TASK_SOURCE, persist_result=True)"
    parts = ["from prefect import flow, task\nfrom prefect.cache_policies import INPUTS, TASK_SOURCE\n"]
    parts += [_function(i, reads, decorator) for i, reads in enumerate(graph)]
    parts.append("\n\n@flow\ndef bench():\n")
    parts += [f"    v{i} = step_{i}.submit({', '.join(f'v{up}' for up in reads)})\n" for i, reads in enumerate(graph)]
    parts.append(f'    return v{count - 1}.result()\n\n\nif __name__ == "__main__":\n    bench()\n')
    return _sleeping("".join(parts), count, sleep, "    ")


def kfp_program(shape: str, count: int, sleep: float = 0.0) -> str:
    """Components in subprocesses of this Python, without an environment for each."""
    source = kfp_source(shape, count).replace(
        "import sys\n\nfrom kfp import compiler, dsl", "from kfp import dsl, local"
    )
    source = source.replace(
        "compiler.Compiler().compile(bench, sys.argv[1])",
        "local.init(local.SubprocessRunner(use_venv=False), pipeline_root='outputs')\nbench()",
    )
    source = source.replace("base_image='python:3.11'", "install_kfp_package=False")  # it is there
    return _sleeping(source, count, sleep, "    ")


def metaflow_program(shape: str, count: int, sleep: float = 0.0) -> str:
    """`python FILE run`. Its first and last steps have names of its own; a fan has one step more, behind the join."""
    parts = ["from metaflow import FlowSpec, step\n\n\nclass Bench(FlowSpec):\n"]
    last = count - 1
    for i in range(count):
        fan, inner = shape == "fan", 0 < i < last
        name = "start" if i == 0 else f"step_{i}" if inner or fan else "end"
        if fan:
            after = (
                "self.end"
                if i == last
                else f"self.step_{last}"
                if i
                else ", ".join(f"self.step_{k}" for k in range(1, last))
            )
        else:
            after = "" if i == last else f"self.step_{i + 1}" if i + 1 < last else "self.end"
        joins = fan and i == last
        value = "sum(one.v for one in inputs) + 1" if joins else "1" if i == 0 else "self.v + 1"
        parts.append(f"\n    @step\n    def {name}(self{', inputs' if joins else ''}):\n")
        parts.append(f"        # step {i}\n        self.v = {value}\n")
        parts.append(f"        self.next({after})\n" if after else "")
    if shape == "fan":
        parts.append("\n    @step\n    def end(self):\n        pass\n")
    parts.append('\n\nif __name__ == "__main__":\n    Bench()\n')
    return _sleeping("".join(parts), count, sleep, "        ")


def _sleeping(source: str, count: int, sleep: float, indent: str) -> str:
    """Let the steps between the first and the last sleep."""
    for i in range(1, count - 1) if sleep else ():
        line = f"{indent}# step {i}\n"
        source = source.replace(line, f"{line}{indent}__import__('time').sleep({sleep})\n")
    return source


LIBCST_PARSE = "import sys, libcst; libcst.parse_module(open(sys.argv[1]).read())\n"
