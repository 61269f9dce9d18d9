from zenml.pipelines import TrainingPipeline

training = TrainingPipeline(name="digits")  #~ ZC0233
training.add_trainer("trainer")
training.run()
