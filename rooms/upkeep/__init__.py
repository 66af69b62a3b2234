"""Work that rooms need over time: transitions, deadlines, reconciling the two stores."""
