package schemagen.accelerator;

/** A text that a regular expression may look at so often, and no more. */
final class BoundedText implements CharSequence {
  private final CharSequence text;
  private final Budget budget;

  BoundedText(final CharSequence text, final Budget budget) {
    this.text = text;
    this.budget = budget;
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public char charAt(final int index) {
    budget.spend();
    return text.charAt(index);
  }

  @Override
  public CharSequence subSequence(final int start, final int end) {
    return new BoundedText(text.subSequence(start, end), budget);
  }

  @Override
  public String toString() {
    return text.toString();
  }

  /** How many letters the expressions of one event may still look at. */
  static final class Budget {
    /** Of one expression: some ten milliseconds. */
    private static final int EACH = 2_000_000;
    /** Of all of an event: some hundred milliseconds. */
    private static final int ALL = 20_000_000;

    private int each;
    private int all = ALL;

    void begin() {
      each = Math.min(EACH, all);
      all -= each;
    }

    void end() {
      all += each;
    }

    private void spend() {
      if (--each < 0) {
        each = 0;
        throw new ExhaustedException();
      }
    }
  }

  /** An expression looked at too many letters. */
  static final class ExhaustedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ExhaustedException() {
      super("An expression takes too long.", null, false, false);
    }
  }
}
