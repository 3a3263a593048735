package schemagen.accelerator;

/** A specification is broken: nothing can be decided by it. */
public final class SpecificationException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  SpecificationException(final String reason) {
    super("The specification of the rules is broken: " + reason + ". Write the statements anew.");
  }

  SpecificationException(final SpecificationException known) {
    super(known.getMessage(), known);
  }
}
