package schemagen.accelerator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AutomatonTest {
  private static final String LETTERS = "aab\u00e9\ud83d\ude00 \\.";

  @Test
  void findsWhatTheDefinitionOfEachFormSays() {
    final Random random = new Random(7);
    for (int round = 0; round < 3_000; round++) {
      final Set<List<Object>> wanted = new LinkedHashSet<>();
      for (int count = random.nextInt(12); count >= 0; count--) {
        final TextForm form = TextForm.values()[random.nextInt(4)];
        final String text = text(random, form == TextForm.EQUALS ? 0 : 1, 4);
        wanted.add(List.of(form, text));
      }
      final Automaton.Builder builder = new Automaton.Builder();
      int bit = 0;
      for (final List<Object> each : wanted) {
        builder.add((TextForm) each.get(0), (String) each.get(1), bit);
        bit++;
      }
      final Automaton automaton = builder.build();
      for (int times = 0; times < 5; times++) {
        final String within = text(random, 0, 12);
        final long[] bits = new long[1];
        automaton.scan(within, bits);
        assertArrayEquals(new long[] {expected(wanted, within)}, bits, within + " " + wanted);
      }
    }
  }

  private static long expected(final Set<List<Object>> wanted, final String within) {
    long bits = 0;
    int bit = 0;
    for (final List<Object> each : wanted) {
      final String text = (String) each.get(1);
      boolean found = false;
      switch ((TextForm) each.get(0)) {
        case EQUALS:
          found = within.equals(text);
          break;
        case STARTS:
          found = within.startsWith(text);
          break;
        case ENDS:
          found = within.endsWith(text);
          break;
        case CONTAINS:
          found = within.contains(text);
          break;
        default:
      }
      bits |= found ? 1L << bit : 0;
      bit++;
    }
    return bits;
  }

  private static String text(final Random random, final int least, final int most) {
    final StringBuilder made = new StringBuilder();
    for (int left = least + random.nextInt(most - least + 1); left > 0; left--) {
      made.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return made.toString();
  }

  @Test
  void takesLinearTimeHoweverManyTextsEndAtEachPlace() {
    final Automaton.Builder builder = new Automaton.Builder();
    final List<String> nested = new ArrayList<>();
    for (int length = 1; length <= 2_000; length++) {
      nested.add("a".repeat(length));
    }
    for (int bit = 0; bit < nested.size(); bit++) {
      builder.add(TextForm.CONTAINS, nested.get(bit), bit);
    }
    final Automaton automaton = builder.build();
    final long[] bits = new long[(nested.size() >> 6) + 1];
    assertTimeoutPreemptively(
        Duration.ofSeconds(5), () -> automaton.scan("a".repeat(4_000_000), bits));
    assertTrue((bits[31] & 1L << 15) != 0);
  }
}
