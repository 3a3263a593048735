package schemagen.accelerator;

/** Where in a value a text must be; the order is that of the specification. */
enum TextForm {
  EQUALS,
  STARTS,
  ENDS,
  CONTAINS
}
