from zenml import pipeline, step


@step
def load(size: int) -> int:
    return size


def depth(level: int) -> int:
    return 1 + depth(level + 1)  #~ ZC0102


@pipeline
def training():
    load(size=depth(0))


if __name__ == "__main__":
    training()
