"""`zencompile explain`: a diagnostic code, or a step's own code."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

import click

from zencompile.cli import options
from zencompile.cli.session import Session


@click.command("explain")
@click.argument("what", metavar="CODE|STEP")
@click.argument("path", metavar="[FILE[:PIPELINE]]", required=False)
@click.option("--pipeline", metavar="NAME", help="The pipeline to take, by its name or its variable's.")
@click.option(
    "--param", "parameters", multiple=True, type=options.Pair(), help="A pipeline parameter; JSON, else text."
)
def command(what: str, path: str | None, **reading: Any) -> None:
    """Explain a diagnostic code, or show the code that a step of FILE reaches."""
    session = Session(path=path or "", **reading)
    with session.reporting():
        if re.fullmatch(r"(?i)ZC\d{4}", what):
            click.echo(page(session, what.upper()), nl=False)
        elif path is None:
            session.usage(
                "ZC0008", f"`{what}` is no diagnostic code", helps=("for a step, name its file: explain STEP FILE",)
            )
        else:
            _step(session, what)


def page(session: Session, code: str) -> str:
    """The long explanation of a code."""
    from zencompile.diagnostics import CODES

    if code not in CODES:
        session.usage(
            "ZC0008", f"there is no diagnostic code `{code}`", helps=(f"codes go from {min(CODES)} to {max(CODES)}",)
        )
    return (resources.files("zencompile.diagnostics") / "pages" / f"{code}.md").read_text("utf-8")


def _step(session: Session, name: str) -> None:
    from zencompile.frontend.closures import Closures, StepCode
    from zencompile.frontend.project import Project
    from zencompile.frontend.text import slice_step

    pipelines = session.read(session.configuration())
    for pipeline in pipelines:
        keys = {i.step for i in pipeline.invocations if i.id == name} | {
            k for k, s in pipeline.steps.items() if s.name == name
        }
        for key in sorted(keys):
            step = pipeline.steps[key]
            closure = step.closure
            click.echo(f"# {step.entrypoint}: code {step.code[:16]}")
            others = [name for name in closure.definitions if name != step.entrypoint]
            if others:
                click.echo(f"# reaches {', '.join(others)}")
            if closure.distributions:
                click.echo(f"# needs {', '.join(closure.distributions)}")
            for reason in closure.widened:
                click.echo(f"# widened: {reason}")
            file, _ = session.entry()
            project = Project.of(file, session.report, source_root=session.root_of(pipeline))
            sliced = slice_step(Closures(project, session.report), StepCode(step.entrypoint), session.report)
            if sliced is not None:
                click.echo(sliced.text, nl=False)
            return
    known = ", ".join(i.id for pipeline in pipelines for i in pipeline.invocations)
    session.usage("ZC0008", f"there is no step `{name}`", notes=(f"steps: {known}",))
