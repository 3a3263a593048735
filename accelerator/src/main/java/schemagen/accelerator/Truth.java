package schemagen.accelerator;

/** Three values: what can't be told here is decided by the statement. */
enum Truth {
  FALSE,
  TRUE,
  MAYBE;

  Truth not() {
    return this == MAYBE ? MAYBE : this == TRUE ? FALSE : TRUE;
  }

  static Truth of(final boolean value) {
    return value ? TRUE : FALSE;
  }
}
