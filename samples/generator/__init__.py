"""Makes the sample events: a fictitious company's working day, as Winlogbeat 8 would ship it."""
