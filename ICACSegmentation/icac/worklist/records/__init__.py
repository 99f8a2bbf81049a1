"""What is kept of a worklist: its design and fields, its cases, who has it open, and for how long they worked."""
