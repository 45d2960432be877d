"""Files by the digest of their bytes: what runs made, what people uploaded, and the gallery over both."""
