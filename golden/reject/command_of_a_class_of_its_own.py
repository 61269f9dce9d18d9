# zencompile: -- train
import click
from zenml import pipeline, step


class ByPrefix(click.Group):
    def get_command(self, ctx, name):
        return next(one for key, one in self.commands.items() if key.startswith(name))


@step
def load(rows: int) -> int:
    return rows


@pipeline
def training(rows: int):
    load(rows=rows)


@click.group(cls=ByPrefix)
def main():
    pass


@main.command()
def training_run():
    training(rows=3)


if __name__ == "__main__":
    main()  #~ ZC0170
