from pathlib import Path

import cloudjobs
from zenml import pipeline, step


@step
def evaluate() -> float:
    return 0.9


@step
def publish(score: float, settings: dict) -> None:
    print(score)


def announce(text: str) -> None:
    cloudjobs.send(text)  #~ ZC0239


@pipeline
def training():
    announce("starting")
    score = evaluate()
    print("evaluated")
    Path("report.txt").write_text("done")  #~ ZC0239
    job = cloudjobs.Job(machines=2)
    job.start()  #~ ZC0239
    settings = cloudjobs.settings()  #~ ZC0230
    publish(score, settings)  #~ ZC0410


if __name__ == "__main__":
    training()
