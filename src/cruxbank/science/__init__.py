"""Separation, racing, bandit: numpy and scipy, no I/O."""
