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

    /** An expression of so many letters is taken for one that costs twice as much. */
    private static final int LONG = 64;

    private int each;
    private int all = ALL;

    /**
     * Begins an expression. Trying it at each place of a text costs time even where it looks at no
     * letter there, as `^a|^b` does: so the length of both is paid in advance.
     */
    void begin(final int text, final int expression) {
      all = (int) Math.max(0, all - text * (1L + expression / LONG));
      each = Math.min(EACH / (1 + expression / (LONG * LONG)), all);
      all -= each;
    }

    /** Spends what is left to the expression: it failed, which took time that isn't counted. */
    void exhaust() {
      each = 0;
    }

    void end() {
      all += each;
    }

    private void spend() {
      if (--each < 0) {
        each = 0;
        throw ExhaustedException.ONE;
      }
    }
  }

  /** An expression looked at too many letters. */
  static final class ExhaustedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Made before any stack is nearly full. */
    static final ExhaustedException ONE = new ExhaustedException();

    private ExhaustedException() {
      super("An expression takes too long.", null, false, false);
    }
  }
}
