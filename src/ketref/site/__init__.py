"""A book as a site: static pages that read without a server of their own, and the engine in the reader's browser."""
