"""crux.yaml: the settings, how they are read, and the presets that `crux init` writes."""
