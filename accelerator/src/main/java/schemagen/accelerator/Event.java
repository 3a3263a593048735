package schemagen.accelerator;

import java.util.List;
import java.util.regex.Matcher;

/** One event, while rules look at it. */
final class Event {
  private final List<Place> places;
  private final Object event;
  private final List<String> texts;
  private final Object[] values;
  private final boolean[] isRead;
  private BoundedText.Budget budget;
  private String[] lower;

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
    }
    if (lower[place] == null) {
      lower[place] = lowered((String) value);
    }
    return lower[place];
  }

  /** Tells whether a place has what is no text though it should be one. */
  boolean isUnreadable(final int place) {
    final Object value = value(place);
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

  /** Makes the lower case as LCASE of ksqlDB does it on this server: by its default locale. */
  static String lowered(final String text) {
    return text.toLowerCase();
  }
}
