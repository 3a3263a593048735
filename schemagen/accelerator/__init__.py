"""What the function of the accelerator is given: rules as data, and the SQL that they stand for."""
