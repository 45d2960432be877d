"""The HTTP server of Latent Loom: `loom serve`. It imports the engine's public parts; the engine never imports it."""
