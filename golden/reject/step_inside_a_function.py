from zenml import pipeline, step


def make_step(factor: int):
    @step
    def scale() -> int:  #~ ZC0206
        return factor

    return scale


@step
def show(value: int) -> None:
    print(value)


@pipeline
def training():
    show(make_step(2)())


if __name__ == "__main__":
    training()
