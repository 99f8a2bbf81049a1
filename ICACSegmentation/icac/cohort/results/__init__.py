"""What a cohort leaves: files, rows and tables."""
