package schemagen.accelerator;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** A specification that can be asked; nothing in it ever changes. */
final class Rules {
  /** What a specification may hold at most, in bytes: it is read as a whole. */
  private static final int LARGEST = 64 << 20;

  /**
   * So many rules are kept ready for kinds, in all. A rule on any kind is ready in each: where that
   * is too much memory, kinds aren't told apart.
   */
  private static final int MOST_READY = 100_000;

  /** So many letters of their texts, in all: each takes some fifty bytes. */
  private static final long MOST_LETTERS = 3_000_000;

  /** No whole number that a kind can be has more letters. */
  private static final int LONGEST_NUMBER = 20;

  private static final String MARK = "S1";

  private final Specification specification;
  private final Map<Object, KindProgram> byKind = new HashMap<>();
  private final boolean isByKind;
  private final KindProgram others;
  private final KindProgram all;

  private Rules(final Specification specification) {
    this.specification = specification;
    final Set<Object> kinds = new HashSet<>();
    final List<Specification.Rule> everywhere = new ArrayList<>();
    for (final Specification.Rule rule : specification.rules) {
      if (rule.kinds == null) {
        everywhere.add(rule);
      } else {
        kinds.addAll(rule.kinds);
      }
    }
    others = new KindProgram(specification, everywhere, null);
    all = kinds.isEmpty() ? others : new KindProgram(specification, specification.rules, null);
    isByKind =
        ready(kinds.size(), everywhere.size(), rule -> 1) <= MOST_READY
            && ready(kinds.size(), letters(everywhere), rule -> rule.condition.letters())
                <= MOST_LETTERS;
    for (final Object kind : isByKind ? kinds : Set.of()) {
      final List<Specification.Rule> own = new ArrayList<>();
      for (final Specification.Rule rule : specification.rules) {
        if (rule.kinds == null || rule.kinds.contains(kind)) {
          own.add(rule);
        }
      }
      byKind.put(
          kind,
          new KindProgram(
              specification,
              own,
              new Condition.Kind(specification.kindPlace, specification.kindIsLowered, kind)));
    }
  }

  /** Returns what all kinds have together: of rules on any kind, and of the others. */
  private long ready(
      final long kinds, final long everywhere, final ToLongFunction<Specification.Rule> weight) {
    long found = kinds * everywhere;
    for (final Specification.Rule rule : specification.rules) {
      found += rule.kinds == null ? 0 : rule.kinds.size() * weight.applyAsLong(rule);
    }
    return found;
  }

  private static long letters(final List<Specification.Rule> rules) {
    return rules.stream().mapToLong(rule -> rule.condition.letters()).sum();
  }

  /**
   * Reads the pieces of a specification.
   *
   * @param pieces `S1:checksum:number/count:text` each, in their order
   * @throws SpecificationException one is missing, cut off or altered
   */
  static Rules of(final String... pieces) {
    if (pieces == null || pieces.length == 0) {
      throw new SpecificationException("it is missing");
    }
    final StringBuilder body = new StringBuilder();
    String sum = null;
    for (int place = 0; place < pieces.length; place++) {
      final String[] parts = pieces[place] == null ? new String[0] : pieces[place].split(":", 4);
      if (parts.length != 4 || !parts[0].equals(MARK)) {
        throw new SpecificationException("a piece doesn't begin with " + MARK);
      }
      if (!parts[2].equals(place + 1 + "/" + pieces.length)) {
        throw new SpecificationException("piece " + (place + 1) + " is missing, or not in its place");
      }
      if (sum != null && !sum.equals(parts[1])) {
        throw new SpecificationException("its pieces are of different ones");
      }
      sum = parts[1];
      body.append(parts[3]);
    }
    if (!checksum(body.toString()).equals(sum)) {
      throw new SpecificationException("its checksum is another, so it is cut off or altered");
    }
    return new Rules(Specification.read(unpacked(body.toString())));
  }

  private static String checksum(final String text) {
    try {
      final byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      final StringBuilder written = new StringBuilder();
      for (int place = 0; place < 8; place++) {
        written.append(String.format("%02x", digest[place]));
      }
      return written.toString();
    } catch (final NoSuchAlgorithmException error) {
      throw new IllegalStateException("Java has no SHA-256.", error);
    }
  }

  private static byte[] unpacked(final String text) {
    final Inflater inflater = new Inflater();
    try {
      inflater.setInput(Base64.getDecoder().decode(text));
      byte[] found = new byte[1 << 16];
      int size = 0;
      while (!inflater.finished()) {
        if (size == found.length) {
          if (size >= LARGEST) {
            throw new SpecificationException("it is too large");
          }
          found = java.util.Arrays.copyOf(found, size * 2);
        }
        final int read = inflater.inflate(found, size, found.length - size);
        if (read == 0 && !inflater.finished()) {
          throw new SpecificationException("it ends too early");
        }
        size += read;
      }
      return java.util.Arrays.copyOf(found, size);
    } catch (final DataFormatException | IllegalArgumentException error) {
      if (error instanceof SpecificationException) {
        throw (SpecificationException) error;
      }
      throw new SpecificationException("it can't be unpacked");
    } finally {
      inflater.end();
    }
  }

  /** Returns 1 for each rule that matches, 2 where the statement must decide; null for none. */
  Map<String, Integer> match(final Object event, final List<String> texts) {
    try {
      return program(event, texts).match(event, texts);
    } catch (final RuntimeException | StackOverflowError | OutOfMemoryError error) {
      // Nothing is known to come here; if something does, no alert is lost.
      return undecided();
    }
  }

  private KindProgram program(final Object event, final List<String> texts) {
    if (specification.kindPlace < 0) {
      return others;
    }
    final Object value = specification.places.get(specification.kindPlace).read(event, texts);
    if (value == null) {
      return others;
    }
    if (!isByKind) {
      return all;
    }
    final Object kind = kind(value);
    return kind == null ? all : byKind.getOrDefault(kind, others);
  }

  /** Returns the kind that a value stands for; null where it can't be told. */
  private Object kind(final Object value) {
    if (value instanceof String) {
      if (specification.kindIsText) {
        if (!specification.kindIsLowered) {
          return value;
        }
        return Event.isSlow((String) value) ? null : Event.lowered((String) value);
      }
      if (((String) value).length() > LONGEST_NUMBER) {
        return null;
      }
      try {
        final Long number = Long.valueOf((String) value);
        // Of "+4" or "04", which are equal to no number, the conditions are asked.
        return number.toString().equals(value) ? number : null;
      } catch (final NumberFormatException error) {
        return null;
      }
    }
    if (specification.kindIsText) {
      return null;
    }
    if (value instanceof Integer) {
      return ((Integer) value).longValue();
    }
    return value instanceof Long ? value : null;
  }

  private Map<String, Integer> undecided() {
    final Map<String, Integer> found = new HashMap<>();
    for (final Specification.Rule rule : specification.rules) {
      found.put(rule.key, 2);
      found.put(rule.group, 1);
    }
    return found;
  }
}
