"""Training of the embedded `shapes` models: scenes, tokenizer, autoencoder, diffusion, export, judge."""
