"""Cruxbank: grow, probe with and export questions that tell language models' values apart."""
