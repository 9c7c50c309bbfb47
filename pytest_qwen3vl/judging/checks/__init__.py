"""The judgements on an answer that need no golden: one file per kind, found by its YAML key."""
