"""A script whose exit code says what its run came to."""

import sys

from zenml import pipeline, step


@step
def load() -> int:
    return 1


@pipeline
def training():
    load()


def main() -> int:
    run = training()
    return 0 if run.status == "completed" else 1


if __name__ == "__main__":
    sys.exit(main())
