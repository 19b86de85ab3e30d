"""Facts about files: hashes, metadata, ledger, provenance, archive objects. No pixels."""
