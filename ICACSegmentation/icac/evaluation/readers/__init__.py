"""How readers of a worklist agree with each other, with the third reading and with the model; what they said."""
