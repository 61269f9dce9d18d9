from pipelines import training

if __name__ == "__main__":
    training.with_options(config_path="config.yaml")(rows="all")  #~ ZC0225
