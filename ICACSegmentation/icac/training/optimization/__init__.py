"""How weights change: losses, optimizer, schedule, their moving average and batch normalisation."""
