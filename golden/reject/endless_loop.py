from zenml import pipeline, step


@step
def load(size: int) -> int:
    return size


def next_power(limit: int) -> int:
    power = 0
    while power < limit:
        power *= 2  #~ ZC0104
    return power


@pipeline
def training():
    load(size=next_power(100))


if __name__ == "__main__":
    training()
