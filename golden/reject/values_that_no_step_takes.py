from zenml import ExternalArtifact, pipeline, step


class Scaler:
    def __init__(self, factor: float):
        self.factor = factor


@step
def load() -> list:
    return [1]


@step
def scale(data: list, scaler: Scaler) -> list:
    return data


@step
def report(data: dict) -> None:
    print(data)


@pipeline
def training():
    data = load()
    scale(data, scaler=Scaler(2.0))  #~ ZC0220
    report({"data": data})  #~ ZC0220
    report(ExternalArtifact())  #~ ZC0220
    report(ExternalArtifact(value=1j))  #~ ZC0220


if __name__ == "__main__":
    training()
