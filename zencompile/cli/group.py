"""The group of commands; each command's module is imported when it is called."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import click

WORDS = "zencompile.words"  # the call, as it was given
SEPARATED = "zencompile.separated"  # whether the call holds a `--`, behind which the script's own arguments stand

COMMANDS = {
    "compile": "compile the pipelines of a file for a target (the default command)",
    "run": "compile for the local runner and run, at once",
    "graph": "show a pipeline's DAG",
    "list": "list the pipelines of a file or a project",
    "validate": "let Airflow and Kubeflow load what was compiled for them",
    "build": "build the images of a compiled pipeline",
    "explain": "explain a diagnostic code, or show a step's code",
    "targets": "list the installed targets",
    "cache": "look into the cache of the local runner",
    "runs": "look at the runs in an artifact store",
    "artifact": "show or export an artifact",
    "report": "write a run's report as one HTML page",
}


class Group(click.Group):
    """Knows its commands by name and loads one when it is asked for; a first word that is none is a file to compile."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [name for name in COMMANDS if self._exists(name)]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS or not self._exists(name):
            return None
        module = importlib.import_module(f"zencompile.cli.{name}_command")
        command: click.Command = module.command
        return command

    def invoke(self, context: click.Context) -> Any:
        """Run the command; Ctrl-C is no failed compilation, which click's own answer to it would be."""
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            context.exit(130)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(context)])

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        context.meta[WORDS] = list(arguments)
        first = next((a for a in arguments if not a.startswith("-")), None)
        if first is not None and first not in COMMANDS and arguments[0] not in ("--help", "-h", "--version"):
            arguments = ["compile", *arguments]
        context.meta[SEPARATED] = "--" in arguments
        return super().parse_args(context, arguments)

    @staticmethod
    def _exists(name: str) -> bool:
        return importlib.util.find_spec(f"zencompile.cli.{name}_command") is not None


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"zencompile {version('zencompile')}")
        context.exit()


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def command() -> None:
    """Compile ML pipelines written as plain Python.

    \b
    zencompile run.py --target airflow      a DAG file to drop into an Airflow folder
    zencompile run.py --target kubeflow     a KFP v2 pipeline YAML
    zencompile run.py --target vertex       the same for Vertex AI, with the job around it
    zencompile run.py --target local        a runner script

    `zencompile run.py …` is short for `zencompile compile run.py …`.
    """
