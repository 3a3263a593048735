"""What commands work on: the topic, its files, its statements and detections, its baseline."""
