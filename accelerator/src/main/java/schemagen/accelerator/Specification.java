package schemagen.accelerator;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Rules as their generator wrote them: tables of texts, places and tests, and trees over these. */
final class Specification {
  /** Trees are not deeper: reading one that is can't exhaust the stack. */
  private static final int DEEPEST = 500;

  final List<Place> places = new ArrayList<>();
  final List<Rule> rules = new ArrayList<>();

  /** The place that tells kinds of events apart; -1 for none. */
  int kindPlace = -1;

  boolean kindIsText;
  boolean kindIsLowered;

  private final Input input;
  private final References textReferences = new References();
  private final References testReferences = new References();
  private final List<String> texts = new ArrayList<>();

  /** The places that join others: nested ones could double a text again and again. */
  private final Set<Integer> joints = new HashSet<>();

  private final List<Condition.Test> tests = new ArrayList<>();

  /** A rule. */
  static final class Rule {
    final String key;
    final String group;
    final Condition condition;

    /** The kinds of events outside of which it can't match; null where it can match any. */
    final Set<Object> kinds;

    Rule(
        final String key, final String group, final Condition condition, final Set<Object> kinds) {
      this.key = key;
      this.group = group;
      this.condition = condition;
      this.kinds = kinds;
    }
  }

  private Specification(final byte[] bytes) {
    input = new Input(bytes);
  }

  /** Reads a specification. */
  static Specification read(final byte[] bytes) {
    final Specification made = new Specification(bytes);
    try {
      made.readAll();
    } catch (final IndexOutOfBoundsException error) {
      throw new SpecificationException("it names or holds what is beyond its end");
    }
    return made;
  }

  private void readAll() {
    for (int left = input.count(); left > 0; left--) {
      texts.add(input.text());
    }
    for (int left = input.count(); left > 0; left--) {
      places.add(place());
    }
    for (int left = input.count(); left > 0; left--) {
      tests.add(test());
    }
    final int kind = input.number();
    if (kind > 0) {
      kindPlace = placeIndex();
      kindIsText = kind > 1;
      kindIsLowered = kind > 2;
    }
    for (int left = input.count(); left > 0; left--) {
      rules.add(rule());
    }
    if (!input.isAtEnd()) {
      throw new SpecificationException("something stands behind its end");
    }
  }

  private Place place() {
    final int form = input.number();
    switch (form) {
      case 0:
        final List<String> steps = new ArrayList<>();
        for (int left = input.count(); left > 0; left--) {
          steps.add(text());
          // Whether it is a key of a MAP or a field: reading is the same.
          input.number();
        }
        return Place.path(steps.toArray(new String[0]));
      case 1:
        return Place.text(input.number());
      case 2:
        final List<Place> joined = new ArrayList<>();
        for (int left = input.count(); left > 0; left--) {
          final int part = input.number();
          if (joints.contains(part)) {
            throw new SpecificationException("a place joins joined ones");
          }
          joined.add(places.get(part));
        }
        joints.add(places.size());
        return Place.joined(joined);
      default:
        throw new SpecificationException("it has a place of an unknown form");
    }
  }

  private Condition.Test test() {
    final int form = input.number();
    final boolean lowered = (form & 1) != 0;
    final int place = placeIndex();
    switch (form >> 1) {
      case 0:
      case 1:
      case 2:
      case 3:
        final List<String> wanted = textsOf(input.count());
        return new Condition.OfTexts(place, TextForm.values()[form >> 1], lowered, wanted);
      case 4:
        return expression(place, lowered);
      case 5:
        final List<Long> numbers = new ArrayList<>();
        for (int left = input.count(); left > 0; left--) {
          numbers.add(input.signed());
        }
        return new Condition.OfNumbers(place, numbers);
      case 6:
        return new Condition.OfNothing(place);
      case 7:
        return new Condition.OfBoolean(place, lowered);
      default:
        throw new SpecificationException("it has a test of an unknown form");
    }
  }

  private Condition.Test expression(final int place, final boolean lowered) {
    final String written = text();
    final List<Condition.OfTexts> needed = new ArrayList<>();
    for (int left = input.count(); left > 0; left--) {
      final Condition.Test test = tests.get(input.number());
      if (!(test instanceof Condition.OfTexts)) {
        throw new SpecificationException("an expression needs what is not a text");
      }
      needed.add((Condition.OfTexts) test);
    }
    Pattern pattern = null;
    try {
      pattern = Pattern.compile(written);
    } catch (final RuntimeException | StackOverflowError error) {
      // ksqlDB can't compile it either: what becomes of it there, the statement says. Not every
      // error is a PatternSyntaxException, and one expression must not cost the others.
      pattern = null;
    }
    return new Condition.OfExpression(place, lowered, pattern, needed);
  }

  private Rule rule() {
    final String key = text();
    final String group = text();
    Set<Object> kinds = null;
    final int count = input.count();
    if (count > 0) {
      if (kindPlace < 0) {
        throw new SpecificationException("a rule has kinds, and nothing tells them apart");
      }
      kinds = new HashSet<>();
      for (int left = count - 1; left > 0; left--) {
        kinds.add(kindIsText ? text() : (Object) input.signed());
      }
    }
    return new Rule(key, group, condition(0), kinds == null ? null : Collections.unmodifiableSet(kinds));
  }

  private Condition condition(final int depth) {
    if (depth > DEEPEST) {
      throw new SpecificationException("a condition is nested too deeply");
    }
    final int form = input.number();
    switch (form) {
      case 0:
        return new Condition.Constant(Truth.FALSE);
      case 1:
        return new Condition.Constant(Truth.TRUE);
      case 2:
        return new Condition.Constant(Truth.MAYBE);
      case 3:
      case 4:
        final List<Condition> parts = new ArrayList<>();
        for (int left = input.count(); left > 0; left--) {
          parts.add(condition(depth + 1));
        }
        return new Condition.Junction(form == 3, parts);
      case 5:
        return new Condition.Negation(condition(depth + 1));
      case 6:
        return tests.get(testReferences.read(input.number()));
      default:
        throw new SpecificationException("it has a condition of an unknown form");
    }
  }

  private String text() {
    return texts.get(textReferences.read(input.number()));
  }

  private int placeIndex() {
    final int found = input.number();
    if (found >= places.size()) {
      throw new SpecificationException("it names a place that it hasn't");
    }
    return found;
  }

  private List<String> textsOf(final int count) {
    final List<String> found = new ArrayList<>();
    for (int left = count; left > 0; left--) {
      found.add(text());
    }
    return Collections.unmodifiableList(found);
  }

  /** References to the things of a table: 0 for the first one that nothing referred to yet. */
  private static final class References {
    private int next;

    int read(final int reference) {
      final int found = reference == 0 ? next : reference - 1;
      next = Math.max(next, found + 1);
      return found;
    }
  }

  /** Numbers of seven bits a byte, the low ones first, and texts. */
  private static final class Input {
    private final byte[] bytes;
    private int at;

    Input(final byte[] bytes) {
      this.bytes = bytes;
    }

    boolean isAtEnd() {
      return at == bytes.length;
    }

    int number() {
      final long found = wide();
      if (found < 0 || found > Integer.MAX_VALUE) {
        throw new SpecificationException("a number is too large");
      }
      return (int) found;
    }

    /** Reads how many things follow: each takes a byte at least. */
    int count() {
      final int found = number();
      if (found > bytes.length - at) {
        throw new SpecificationException("it ends too early");
      }
      return found;
    }

    long signed() {
      final long found = wide();
      return (found >>> 1) ^ -(found & 1);
    }

    String text() {
      final int length = count();
      final String found = new String(bytes, at, length, StandardCharsets.UTF_8);
      at += length;
      return found;
    }

    private long wide() {
      long found = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        final byte one = bytes[at];
        at++;
        found |= (one & 0x7FL) << shift;
        if (one >= 0) {
          return found;
        }
      }
      throw new SpecificationException("a number is too long");
    }
  }
}
