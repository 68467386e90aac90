"""The Delta tables: one version read, one version committed."""
