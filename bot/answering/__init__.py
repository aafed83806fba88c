"""Questions to replies over the corpus now served: queue, cache, worker pool, reload, snapshot."""
