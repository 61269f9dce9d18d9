from zenml import pipeline, step


@step
def evaluate() -> float:
    return 0.9


@step
def train(rounds: int) -> None:
    print(rounds)


@pipeline(dynamic=True)
def training():
    score = evaluate().load()
    if score < 0.8:
        train(10)
    train(20)  #~ ZC0238
    if score > 0.95:
        train(1, id="once_more")


if __name__ == "__main__":
    training()
