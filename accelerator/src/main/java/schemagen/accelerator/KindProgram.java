package schemagen.accelerator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rules on one kind of events.
 *
 * <p>All texts that they ask for are looked for at once; each found one has a bit. A rule is
 * evaluated where one of the texts was found without which it can't match, or where it has none.
 */
final class KindProgram {
  /** A text that so many of the rules ask for tells little, such as the name of a log. */
  private static final double COMMON = 0.2;

  private static final int MANY = 20;

  private final List<Place> places;
  private final List<Scan> scans = new ArrayList<>();
  private final List<Check> checks = new ArrayList<>();
  private final int[][] woken;
  private final int[] always;
  private final int words;

  /** Evaluates a condition on an event. */
  private interface Check {
    Truth on(Event event, long[] bits);
  }

  private final List<Specification.Rule> rules = new ArrayList<>();

  KindProgram(
      final Specification specification,
      final List<Specification.Rule> candidates,
      final Condition.Kind kind) {
    places = specification.places;
    final List<Condition> conditions = new ArrayList<>();
    for (final Specification.Rule rule : candidates) {
      final Condition condition = kind == null ? rule.condition : rule.condition.of(kind);
      if (!condition.is(Truth.FALSE)) {
        rules.add(rule);
        conditions.add(condition);
      }
    }
    final Bits bits = new Bits();
    conditions.forEach(bits::take);
    scans.addAll(bits.scans());
    words = (bits.count >> 6) + 1;
    final List<List<Integer>> waking = new ArrayList<>();
    for (int bit = 0; bit < bits.count; bit++) {
      waking.add(new ArrayList<>());
    }
    final List<Integer> unprovoked = new ArrayList<>();
    final Wakers wakers = new Wakers(bits, conditions.size());
    for (int rule = 0; rule < conditions.size(); rule++) {
      checks.add(bits.check(conditions.get(rule)));
      final Set<Integer> needed = wakers.of(conditions.get(rule));
      if (needed == null) {
        unprovoked.add(rule);
      } else {
        for (final int bit : needed) {
          waking.get(bit).add(rule);
        }
      }
    }
    woken = waking.stream().map(KindProgram::array).toArray(int[][]::new);
    always = array(unprovoked);
  }

  private static int[] array(final List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Returns 1 for each rule that matches, 2 where the statement must decide; null for none. */
  Map<String, Integer> match(final Object given, final List<String> texts) {
    final Event event = new Event(places, given, texts);
    final long[] bits = new long[words];
    final long[] chosen = new long[(rules.size() >> 6) + 1];
    boolean any = false;
    for (final Scan scan : scans) {
      final String text = event.text(scan.place, scan.lowered);
      if (text != null) {
        scan.automaton.scan(text, bits);
      } else if (event.isUnreadable(scan.place)) {
        // Nothing is known of what it asks for: all rules are evaluated.
        Arrays.fill(chosen, -1L);
        any = true;
      }
    }
    for (int word = 0; word < words; word++) {
      for (long left = bits[word]; left != 0; left &= left - 1) {
        for (final int rule : woken[(word << 6) + Long.numberOfTrailingZeros(left)]) {
          chosen[rule >> 6] |= 1L << rule;
          any = true;
        }
      }
    }
    for (final int rule : always) {
      chosen[rule >> 6] |= 1L << rule;
      any = true;
    }
    return any ? evaluated(event, bits, chosen) : null;
  }

  private Map<String, Integer> evaluated(
      final Event event, final long[] bits, final long[] chosen) {
    Map<String, Integer> found = null;
    for (int word = 0; word < chosen.length; word++) {
      for (long left = chosen[word]; left != 0; left &= left - 1) {
        final int rule = (word << 6) + Long.numberOfTrailingZeros(left);
        if (rule >= rules.size()) {
          return found;
        }
        final Truth truth = checks.get(rule).on(event, bits);
        if (truth != Truth.FALSE) {
          found = found == null ? new LinkedHashMap<>() : found;
          found.put(rules.get(rule).key, truth == Truth.TRUE ? 1 : 2);
          found.put(rules.get(rule).group, 1);
        }
      }
    }
    return found;
  }

  /** One text of an event, and all that is looked for in it. */
  private static final class Scan {
    final int place;
    final boolean lowered;
    final Automaton automaton;

    Scan(final int place, final boolean lowered, final Automaton automaton) {
      this.place = place;
      this.lowered = lowered;
      this.automaton = automaton;
    }
  }

  /** Numbers what is looked for. */
  private static final class Bits {
    private final Map<List<Object>, Integer> known = new LinkedHashMap<>();
    private final Map<Integer, Automaton.Builder> builders = new LinkedHashMap<>();
    private final List<String> texts = new ArrayList<>();
    private final List<TextForm> forms = new ArrayList<>();
    private int count;

    void take(final Condition condition) {
      if (condition instanceof Condition.Junction) {
        ((Condition.Junction) condition).parts.forEach(this::take);
      } else if (condition instanceof Condition.Negation) {
        take(((Condition.Negation) condition).part);
      } else if (condition instanceof Condition.OfExpression) {
        ((Condition.OfExpression) condition).needed.forEach(this::take);
      } else if (condition instanceof Condition.OfTexts) {
        final Condition.OfTexts wanted = (Condition.OfTexts) condition;
        for (final String text : wanted.texts) {
          final List<Object> key = key(wanted, text);
          if (!known.containsKey(key)) {
            known.put(key, count);
            texts.add(text);
            forms.add(wanted.form);
            builders
                .computeIfAbsent(
                    wanted.place * 2 + (wanted.lowered ? 1 : 0), place -> new Automaton.Builder())
                .add(wanted.form, text, count);
            count++;
          }
        }
      }
    }

    private static List<Object> key(final Condition.OfTexts wanted, final String text) {
      return List.of(wanted.place, wanted.lowered, wanted.form, text);
    }

    int[] of(final Condition.OfTexts wanted) {
      return wanted.texts.stream().mapToInt(text -> known.get(key(wanted, text))).toArray();
    }

    List<Scan> scans() {
      final List<Scan> made = new ArrayList<>();
      builders.forEach(
          (place, builder) -> made.add(new Scan(place / 2, place % 2 == 1, builder.build())));
      return made;
    }

    /** Makes what evaluates a condition. */
    Check check(final Condition condition) {
      if (condition instanceof Condition.Junction) {
        return junction((Condition.Junction) condition);
      }
      if (condition instanceof Condition.Negation) {
        final Check part = check(((Condition.Negation) condition).part);
        return (event, bits) -> part.on(event, bits).not();
      }
      if (condition instanceof Condition.OfTexts) {
        return texts((Condition.OfTexts) condition);
      }
      if (condition instanceof Condition.OfExpression) {
        return expression((Condition.OfExpression) condition);
      }
      if (condition instanceof Condition.Test) {
        return value((Condition.Test) condition);
      }
      final Truth constant = ((Condition.Constant) condition).value;
      return (event, bits) -> constant;
    }

    private Check junction(final Condition.Junction condition) {
      final List<Condition> ordered = new ArrayList<>(condition.parts);
      ordered.sort(Comparator.comparingInt(Bits::price));
      final Check[] parts = ordered.stream().map(this::check).toArray(Check[]::new);
      final Truth neutral = Truth.of(condition.all);
      final Truth deciding = neutral.not();
      return (event, bits) -> {
        Truth found = neutral;
        for (final Check part : parts) {
          final Truth one = part.on(event, bits);
          if (one == deciding) {
            return deciding;
          }
          if (one == Truth.MAYBE) {
            found = one;
          }
        }
        return found;
      };
    }

    /** Says what a condition costs, so that expressions come last. */
    private static int price(final Condition condition) {
      if (condition instanceof Condition.Junction) {
        return ((Condition.Junction) condition).parts.stream().mapToInt(Bits::price).max().orElse(0);
      }
      if (condition instanceof Condition.Negation) {
        return price(((Condition.Negation) condition).part);
      }
      return condition instanceof Condition.OfExpression ? 1 : 0;
    }

    private Check texts(final Condition.OfTexts wanted) {
      final int[] own = of(wanted);
      final int place = wanted.place;
      return (event, bits) -> {
        for (final int bit : own) {
          if ((bits[bit >> 6] & 1L << bit) != 0) {
            return Truth.TRUE;
          }
        }
        return event.isUnreadable(place) ? Truth.MAYBE : Truth.FALSE;
      };
    }

    private Check expression(final Condition.OfExpression wanted) {
      final Check[] needed = wanted.needed.stream().map(this::texts).toArray(Check[]::new);
      return (event, bits) -> {
        boolean missing = needed.length > 0;
        for (final Check each : needed) {
          missing = missing && each.on(event, bits) == Truth.FALSE;
        }
        return missing ? Truth.FALSE : event.find(wanted);
      };
    }

    private static Check value(final Condition.Test wanted) {
      return (event, bits) -> {
        final Object value = event.value(wanted.place);
        if (value == Place.UNREADABLE) {
          return Truth.MAYBE;
        }
        if (wanted instanceof Condition.OfNothing) {
          return Truth.of(value == null);
        }
        if (value == null) {
          return Truth.FALSE;
        }
        if (wanted instanceof Condition.OfNumbers) {
          return number(value, ((Condition.OfNumbers) wanted).numbers);
        }
        final boolean isWanted = ((Condition.OfBoolean) wanted).wanted;
        if (value instanceof Boolean) {
          return Truth.of(value.equals(isWanted));
        }
        return value instanceof String
            ? Truth.of(value.equals(Boolean.toString(isWanted)))
            : Truth.MAYBE;
      };
    }

    private static Truth number(final Object value, final List<Long> numbers) {
      if (value instanceof Long) {
        return Truth.of(numbers.contains(value));
      }
      if (value instanceof Integer) {
        return Truth.of(numbers.contains(((Integer) value).longValue()));
      }
      if (value instanceof String) {
        return Truth.of(numbers.stream().anyMatch(each -> each.toString().equals(value)));
      }
      return Truth.MAYBE;
    }
  }

  /** Finds the texts without which a condition can't be true, nor undecided. */
  private static final class Wakers {
    private final Bits bits;
    private final Map<Integer, Integer> uses = new HashMap<>();
    private final int rules;

    Wakers(final Bits bits, final int rules) {
      this.bits = bits;
      this.rules = rules;
    }

    /** Returns bits of which one is set wherever the condition can hold; null where none is. */
    Set<Integer> of(final Condition condition) {
      if (condition instanceof Condition.Junction) {
        final Condition.Junction junction = (Condition.Junction) condition;
        return junction.all ? best(junction.parts) : all(junction.parts);
      }
      if (condition instanceof Condition.OfTexts) {
        final Set<Integer> found = new HashSet<>();
        for (final int bit : bits.of((Condition.OfTexts) condition)) {
          found.add(bit);
        }
        return found;
      }
      if (condition instanceof Condition.OfExpression) {
        final List<Condition.OfTexts> needed = ((Condition.OfExpression) condition).needed;
        return needed.isEmpty() ? null : all(needed);
      }
      return condition.is(Truth.FALSE) ? new HashSet<>() : null;
    }

    private Set<Integer> best(final List<Condition> parts) {
      Set<Integer> found = null;
      double least = Double.MAX_VALUE;
      for (final Condition part : parts) {
        final Set<Integer> one = of(part);
        if (one != null) {
          final double weight = one.stream().mapToDouble(this::weight).sum();
          if (weight < least) {
            least = weight;
            found = one;
          }
        }
      }
      if (found != null) {
        found.forEach(bit -> uses.merge(bit, 1, Integer::sum));
      }
      return found;
    }

    private Set<Integer> all(final List<? extends Condition> parts) {
      final Set<Integer> found = new HashSet<>();
      for (final Condition part : parts) {
        final Set<Integer> one = of(part);
        if (one == null) {
          return null;
        }
        found.addAll(one);
      }
      return found;
    }

    /** Guesses how often a text is found: the longer, the rarer. */
    private double weight(final int bit) {
      if (rules >= MANY && uses.getOrDefault(bit, 0) > COMMON * rules) {
        return 1;
      }
      final int length = bits.texts.get(bit).length();
      final double within = Math.max(Math.pow(0.35, length), 0.0002);
      return bits.forms.get(bit) == TextForm.EQUALS ? Math.max(within / 2, 0.0001) : within;
    }
  }
}
