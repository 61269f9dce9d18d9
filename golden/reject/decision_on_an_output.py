from zenml import pipeline, step


@step
def evaluate() -> float:
    return 0.93


@step
def publish(score: float) -> None:
    print(score)


@pipeline
def training():
    score = evaluate()
    if score > 0.9:  #~ ZC0210
        publish(score)
    publish(score * 100)  #~ ZC0210
    for part in score:  #~ ZC0210
        publish(part)


if __name__ == "__main__":
    training()
