"""Live documents: graphs that several clients edit at once, ordered, checked and kept by the server."""
