"""Results as one plain data structure, and its versioned JSON form."""
