"""Prompts as versioned files: `<role>/<name>.v<version>.md`, read and rendered by `cruxbank.prompts.loader`."""
