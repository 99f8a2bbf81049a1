"""From a patient to a CT: acquisition, blur, noise, artefacts, and what else lies in the scanner."""
