from zenml import pipeline
from zenml.steps import BaseStep


class Load(BaseStep):
    def run(self) -> int:
        return 1


@pipeline
def training():
    Load()()  #~ ZC0204


if __name__ == "__main__":
    training()
