from zenml import pipline, step  #~ ZC0102


@step
def load() -> int:
    return 1


@pipline
def training():
    load()


if __name__ == "__main__":
    training()
