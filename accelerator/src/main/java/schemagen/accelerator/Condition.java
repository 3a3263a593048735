package schemagen.accelerator;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A condition of a rule as the specification has it: a tree of AND, OR and NOT over tests. */
abstract class Condition {
  /** What is left of the condition where the kind of the event is known. */
  Condition of(final Kind kind) {
    return this;
  }

  /** Returns how many letters the texts have that are looked for. */
  long letters() {
    return 0;
  }

  /** Tells whether it is that constant. */
  boolean is(final Truth value) {
    return false;
  }

  /** The value of the place that tells kinds of events apart. */
  static final class Kind {
    final int place;
    final boolean lowered;
    final Object value;

    Kind(final int place, final boolean lowered, final Object value) {
      this.place = place;
      this.lowered = lowered;
      this.value = value;
    }
  }

  static final class Constant extends Condition {
    final Truth value;

    Constant(final Truth value) {
      this.value = value;
    }

    @Override
    boolean is(final Truth other) {
      return value == other;
    }
  }

  static final class Junction extends Condition {
    final boolean all;
    final List<Condition> parts;

    Junction(final boolean all, final List<Condition> parts) {
      this.all = all;
      this.parts = parts;
    }

    @Override
    Condition of(final Kind kind) {
      final Truth neutral = Truth.of(all);
      final List<Condition> left = new ArrayList<>();
      for (final Condition part : parts) {
        final Condition one = part.of(kind);
        if (one.is(neutral.not())) {
          return one;
        }
        if (!one.is(neutral)) {
          left.add(one);
        }
      }
      if (left.isEmpty()) {
        return new Constant(neutral);
      }
      return left.size() == 1 ? left.get(0) : new Junction(all, left);
    }

    @Override
    long letters() {
      return parts.stream().mapToLong(Condition::letters).sum();
    }
  }

  static final class Negation extends Condition {
    final Condition part;

    Negation(final Condition part) {
      this.part = part;
    }

    @Override
    Condition of(final Kind kind) {
      final Condition one = part.of(kind);
      return one instanceof Constant ? new Constant(((Constant) one).value.not()) : new Negation(one);
    }

    @Override
    long letters() {
      return part.letters();
    }
  }

  /** A test of the value at a place. */
  abstract static class Test extends Condition {
    final int place;

    Test(final int place) {
      this.place = place;
    }
  }

  /** Whether a text has one of some texts in it, in one form. */
  static final class OfTexts extends Test {
    final TextForm form;
    final boolean lowered;
    final List<String> texts;

    OfTexts(final int place, final TextForm form, final boolean lowered, final List<String> texts) {
      super(place);
      this.form = form;
      this.lowered = lowered;
      this.texts = texts;
    }

    @Override
    Condition of(final Kind kind) {
      final boolean isKind =
          place == kind.place && lowered == kind.lowered && kind.value instanceof String;
      return isKind && form == TextForm.EQUALS
          ? new Constant(Truth.of(texts.contains(kind.value)))
          : this;
    }

    @Override
    long letters() {
      return texts.stream().mapToLong(String::length).sum();
    }
  }

  /** Whether a regular expression is found in a text. */
  static final class OfExpression extends Test {
    final boolean lowered;
    final Pattern pattern;

    /** Texts of which each match holds one; none where no such are known. */
    final List<OfTexts> needed;

    OfExpression(
        final int place, final boolean lowered, final Pattern pattern, final List<OfTexts> needed) {
      super(place);
      this.lowered = lowered;
      this.pattern = pattern;
      this.needed = needed;
    }

    @Override
    long letters() {
      return needed.stream().mapToLong(Condition::letters).sum();
    }
  }

  /** Whether a whole number is one of some. */
  static final class OfNumbers extends Test {
    final List<Long> numbers;

    OfNumbers(final int place, final List<Long> numbers) {
      super(place);
      this.numbers = numbers;
    }

    @Override
    Condition of(final Kind kind) {
      return place == kind.place && kind.value instanceof Long
          ? new Constant(Truth.of(numbers.contains((Long) kind.value)))
          : this;
    }
  }

  /** Whether there is no value. */
  static final class OfNothing extends Test {
    OfNothing(final int place) {
      super(place);
    }
  }

  /** Whether a BOOLEAN has a value. */
  static final class OfBoolean extends Test {
    final boolean wanted;

    OfBoolean(final int place, final boolean wanted) {
      super(place);
      this.wanted = wanted;
    }
  }
}
