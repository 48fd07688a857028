"""Pictures: files, standardising, augmenting."""
