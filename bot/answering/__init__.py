"""Questions to replies over the corpus now served: queue, cache, index store, build, reload."""
