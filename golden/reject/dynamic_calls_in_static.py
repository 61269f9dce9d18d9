from zenml import pipeline, step


@step
def evaluate() -> float:
    return 0.9


@step
def publish(score: float) -> None:
    print(score)


@pipeline(schedule="0 3 * * *")  #~ ZC0201
def training():
    score = evaluate()
    if score.load() > 0.8:  #~ ZC0210
        publish(score)


if __name__ == "__main__":
    training()
