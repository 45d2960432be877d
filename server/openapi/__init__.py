"""The OpenAPI 3.1 document, made from what the endpoints declare."""
