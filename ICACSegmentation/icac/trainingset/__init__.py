"""The cases that networks learn from and are judged on, simulated or annotated: manifest, arrays, scans."""
