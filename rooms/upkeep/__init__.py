"""What keeps rooms true over time: transitions, deadlines, reconciling the two stores."""
