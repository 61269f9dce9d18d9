import os
from pathlib import Path

from zenml import pipeline, step


@step
def evaluate() -> float:
    return 0.9


@step
def publish(score: float) -> None:
    print(score)


@pipeline(dynamic=True)
def training():
    os.environ["STAGE"] = "training"  #~ ZC0239
    score = evaluate()
    print("evaluated")
    Path("report.txt").write_text("done")  #~ ZC0239
    publish(score)


if __name__ == "__main__":
    training()
