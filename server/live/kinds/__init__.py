"""The operations, by what they are about: how each is said, and what it does."""
