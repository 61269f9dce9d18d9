from zenml import pipeline, step


@step
def evaluate() -> float:
    return 0.9


@step
def publish(score: float, text: str) -> None:
    print(score, text)


def as_percent(score) -> str:
    return f"{round(score * 100)} %"  #~ ZC0210


@pipeline
def reporting():
    score = evaluate()
    publish(score, text=as_percent(score))
    publish(score, text=f"score: {score}")  #~ ZC0208


if __name__ == "__main__":
    reporting()
