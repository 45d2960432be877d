"""The durable queue of runs: what was submitted, in which order it is worked off, and what became of it."""
