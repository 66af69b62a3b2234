"""How long tests wait for what certainly comes: only what hangs takes longer, however busy."""

PATIENCE_S = 60.0
