package schemagen.accelerator;

import java.util.List;
import java.util.regex.Matcher;

/** One event, while rules look at it. */
final class Event {
  /**
   * For each Σ Java looks for the end of its word, and for each İ it copies the text: a message of
   * 40 kB can take it 15 seconds. So much is some hundred milliseconds.
   */
  private static final long SLOWEST = 1L << 26;

  private static final int SIGMA_WEIGHT = 16;

  private final List<Place> places;
  private final Object event;
  private final List<String> texts;
  private final Object[] values;
  private final boolean[] isRead;
  private BoundedText.Budget budget;
  private String[] lower;
  private boolean[] isSlow;
  private long slowness;

  Event(final List<Place> places, final Object event, final List<String> texts) {
    this.places = places;
    this.event = event;
    this.texts = texts;
    values = new Object[places.size()];
    isRead = new boolean[values.length];
  }

  /** Returns the value at a place, null, or {@link Place#UNREADABLE}. */
  Object value(final int place) {
    if (!isRead[place]) {
      isRead[place] = true;
      values[place] = places.get(place).read(event, texts);
    }
    return values[place];
  }

  /** Returns the text at a place; null where there is none, or something else. */
  String text(final int place, final boolean lowered) {
    final Object value = value(place);
    if (!(value instanceof String)) {
      return null;
    }
    if (!lowered) {
      return (String) value;
    }
    if (lower == null) {
      lower = new String[values.length];
      isSlow = new boolean[values.length];
    }
    if (lower[place] == null && !isSlow[place]) {
      slowness += slowness((String) value);
      isSlow[place] = slowness > SLOWEST;
      lower[place] = isSlow[place] ? null : lowered((String) value);
    }
    return lower[place];
  }

  /** Tells whether a place has what is no text though it should be one, or can't be lowered. */
  boolean isUnreadable(final int place) {
    final Object value = value(place);
    if (isSlow != null && isSlow[place]) {
      return true;
    }
    return value != null && !(value instanceof String);
  }

  /** Looks for an expression, for so long and no longer. */
  Truth find(final Condition.OfExpression wanted) {
    final String text = text(wanted.place, wanted.lowered);
    if (text == null) {
      return isUnreadable(wanted.place) ? Truth.MAYBE : Truth.FALSE;
    }
    if (wanted.pattern == null) {
      return Truth.MAYBE;
    }
    if (budget == null) {
      budget = new BoundedText.Budget();
    }
    budget.begin(text.length(), wanted.pattern.pattern().length());
    try {
      final Matcher matcher = wanted.pattern.matcher(new BoundedText(text, budget));
      return Truth.of(matcher.find());
    } catch (final RuntimeException | StackOverflowError error) {
      // Too long, too deep, or an error of Java's own, such as of \b{g} before a half of a letter.
      budget.exhaust();
      return Truth.MAYBE;
    } finally {
      budget.end();
    }
  }

  /** Tells whether the lower case of a text alone takes more time than an event may. */
  static boolean isSlow(final String text) {
    return slowness(text) > SLOWEST;
  }

  private static long slowness(final String text) {
    return (SIGMA_WEIGHT * count(text, '\u03a3') + count(text, '\u0130')) * text.length();
  }

  private static long count(final String text, final char letter) {
    long found = 0;
    for (int at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) {
      found++;
    }
    return found;
  }

  /** Makes the lower case as LCASE of ksqlDB does it on this server: by its default locale. */
  static String lowered(final String text) {
    return text.toLowerCase();
  }
}
