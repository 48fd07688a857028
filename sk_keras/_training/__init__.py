"""Everything that runs Keras: fitting, predicting, seeds, callbacks."""
