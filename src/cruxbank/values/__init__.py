"""Value systems as data."""
