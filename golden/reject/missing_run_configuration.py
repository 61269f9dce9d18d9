from zenml import pipeline, step


@step
def load() -> int:
    return 1


@pipeline
def training():
    load()


if __name__ == "__main__":
    training.with_options(config_path="configs/prod.yaml")()  #~ ZC0308
