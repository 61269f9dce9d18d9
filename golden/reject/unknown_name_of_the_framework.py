from zenml import pipeline, step, tracked_function  #~ ZC0270


@step
def load() -> int:
    return tracked_function(1)


@pipeline
def training():
    load()


if __name__ == "__main__":
    training()
