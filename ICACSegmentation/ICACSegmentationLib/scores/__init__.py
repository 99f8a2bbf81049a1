"""Visual scores of the arteries: what is proposed, and what the reader makes of it."""
