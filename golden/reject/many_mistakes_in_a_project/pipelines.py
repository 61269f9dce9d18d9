from steps import load, train
from zenml import pipeline
from zenml.config import DockerSettings


@pipeline(settings={"docker": DockerSettings(apt_package=["libgomp1"])}, enable_chache=True)  #~ ZC0201, ZC0304
def training(rows: int):
    data = load(rows)
    if data:  #~ ZC0210
        train(data)
    train(data, 0.1, 5)  #~ ZC0209
    train(data, after=["load", "lode"])  #~ ZC0216
