"""Sigma correlations: bound to what their rules see, and the few statements that evaluate them."""
