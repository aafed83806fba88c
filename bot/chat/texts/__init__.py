"""Every fixed text a person can meet: the catalogue of keys, and one module a language."""
