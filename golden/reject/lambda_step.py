from zenml import pipeline, step

double = step(lambda value: value * 2)  #~ ZC0206


@step
def load() -> int:
    return 1


@pipeline
def training():
    double(load())


if __name__ == "__main__":
    training()
