"""What the server says of itself: its node types and models, its health, its machine, its figures."""
