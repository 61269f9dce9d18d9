from zenml import step  #~ ZC0003


@step
def load() -> int:
    return 1


def training() -> None:
    load()
