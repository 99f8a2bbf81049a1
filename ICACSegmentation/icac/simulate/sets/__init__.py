"""Many simulated cases: drawn, simulated in parallel and written as cohorts, training sets or the demo."""
