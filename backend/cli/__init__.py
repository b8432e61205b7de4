"""`vedette`: the product's second face, on a terminal and in a pipe."""
