"""Language models behind one small protocol: endpoints, a cache, and one that needs no network."""
