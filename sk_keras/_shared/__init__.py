"""What knows neither scikit-learn's estimators nor how Keras trains."""
