from zenml import pipeline, step
from zenml.hooks import alerter_failure_hook


def announce(error: BaseException, channel: str) -> None:
    print(channel, error)


def shout(error: str) -> None:
    print(error)


class Refused(Exception):
    pass


def told(error: "Refused | ValueError | None" = None) -> None:
    print(error)


@step(on_failure=shout)  #~ ZC0316
def first() -> int:
    return 1


@step(on_end=told)  #~ ZC0316
def second() -> int:
    return 1


@step(on_failure=announce)  #~ ZC0316
def load() -> int:
    return 1


@step(on_success=lambda: print("done"))  #~ ZC0316
def train(data: int) -> float:
    return data / 2


@pipeline(on_failure=alerter_failure_hook)  #~ ZC0313
def training():
    first()
    second()
    train(load())


if __name__ == "__main__":
    training()
