"""A script that exits at its end, which each step's process imports."""

import sys

from zenml import pipeline, step


@step
def load() -> int:
    return 1


@pipeline
def training():
    load()


training()
sys.exit(0)  #~ ZC0102
