"""The verbs: one function each, whose caller owns the transaction."""
