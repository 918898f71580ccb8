"""Seed topics and the reader of topic files."""
