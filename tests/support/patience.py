"""How long tests wait before they fail: longer than anything takes on a busy machine."""

PATIENCE_S = 60.0
