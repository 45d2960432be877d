"""Other users of a server: their tokens, and who a request comes from."""
