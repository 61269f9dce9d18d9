"""`zencompile targets`: what can be compiled to."""

from __future__ import annotations

import click

from zencompile.cli.session import Session, load_target


@click.command("targets")
def command() -> None:
    """List the installed targets with their options."""
    from zencompile import targets

    session = Session(path="")
    with session.reporting():
        for name in sorted(targets.installed()):
            target = load_target(session, name)
            click.echo(f"{name}: {(target.__doc__ or '').strip().splitlines()[0] if target.__doc__ else ''}")
            for option, field in sorted(target.options.model_fields.items()):
                text = f"  --set {name}.{option}={field.get_default(call_default_factory=True)!r}"
                click.echo(f"{text:<52} {field.description or ''}".rstrip())
