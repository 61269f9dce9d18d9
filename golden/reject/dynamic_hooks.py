from zenml import pipeline, step


def alert() -> None:
    print("failed")


@step
def load() -> int:
    return 1


@pipeline(dynamic=True, on_failure=alert)  #~ ZC0537
def training():
    load()


if __name__ == "__main__":
    training()
