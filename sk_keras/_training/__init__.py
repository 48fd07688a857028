"""Everything that runs Keras: fitting, predicting, callbacks."""
