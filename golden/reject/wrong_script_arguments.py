# zencompile: -- --rows many
import argparse

from zenml import pipeline, step


@step
def load(rows: int) -> int:
    return rows


@pipeline
def training(rows: int):
    load(rows=rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100)
    arguments = parser.parse_args()  #~ ZC0107
    training(rows=arguments.rows)
