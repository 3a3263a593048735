"""What the commands say: on the terminal and to machines."""
