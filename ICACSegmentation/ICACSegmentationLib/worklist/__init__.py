"""The section Worklist of the panel: many cases one after the other, and blinded comparisons of them."""
