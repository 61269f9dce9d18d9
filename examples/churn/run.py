"""Run the churn pipelines: `python run.py --train`, `python run.py --monitor`."""

from pathlib import Path

import click
from pipelines import monitoring, training

CONFIGS = Path(__file__).parent / "configs"


@click.command()
@click.option("--train", "only_train", is_flag=True, help="Train and publish a model.")
@click.option("--monitor", "only_monitor", is_flag=True, help="Watch for drift.")
@click.option("--stage", type=click.Choice(["dev", "prod"]), default="dev", show_default=True)
@click.option("--threshold", type=float, default=None, help="From which probability a customer counts as lost.")
@click.option("--no-cache", is_flag=True, help="Run every step.")
def main(only_train: bool, only_monitor: bool, stage: str, threshold: float | None, no_cache: bool) -> None:
    """Run one of the pipelines, or both."""
    options = {}
    if no_cache:
        options["enable_cache"] = False
    if only_train or not only_monitor:
        arguments = {} if threshold is None else {"threshold": threshold}
        training.with_options(config_path=str(CONFIGS / f"{stage}.yaml"), **options)(**arguments)
    if only_monitor or not only_train:
        monitoring.with_options(**options)()


if __name__ == "__main__":
    main()
