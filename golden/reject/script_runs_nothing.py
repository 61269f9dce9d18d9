# zencompile: -- --no-training
import click  #~^ ZC0003
from zenml import pipeline, step


@step
def load() -> int:
    return 1


@pipeline
def training():
    load()


@click.command()
@click.option("--training/--no-training", "train", default=True)
def main(train: bool):
    if train:
        training()


if __name__ == "__main__":
    main()
