package schemagen.accelerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Events and specifications that are made to do harm. */
class HostileTest {
  private static Map<String, Integer> match(final Written written, final Object event) {
    return one(new SchemagenMatch().match(event, null, written.piece()));
  }

  private static Map<String, Integer> one(final List<Map<String, Integer>> found) {
    return found.isEmpty() ? Map.of() : found.get(0);
  }

  private static Written expressions(final int count, final String form) {
    final Written written = new Written();
    final int place = written.way("T");
    for (int rule = 0; rule < count; rule++) {
      written.rule("r" + rule, written.expression(place, false, form.replace("N", "" + rule)));
    }
    return written;
  }

  @Test
  void expressionsThatOverflowTheStackCostNoMoreThanTheBudget() {
    final Written written = expressions(2_000, "(?:a|b)*xN");
    final Object event = Map.of("T", "ab".repeat(1 << 19));
    final Map<String, Integer> got =
        assertTimeoutPreemptively(Duration.ofSeconds(3), () -> match(written, event));
    assertEquals(2_001, got.size());
    assertEquals(2, got.get("r1999"));
  }

  @Test
  void expressionsThatLookAtNoLetterCostNoMoreThanTheBudget() {
    final Written written = expressions(500, "(?:^fooN|^bar)");
    final Object event = Map.of("T", "ab".repeat(5 << 19));
    final Map<String, Integer> got =
        assertTimeoutPreemptively(Duration.ofSeconds(5), () -> match(written, event));
    assertEquals(2, got.get("r499"));
    assertEquals(Map.of("r7", 1, "#G", 1), match(written, Map.of("T", "foo7")));
  }

  @Test
  void setsOfThousandsOfLettersCostNoMoreThanTheBudget() {
    final StringBuilder set = new StringBuilder();
    for (int letter = 0; letter < 1_500; letter++) {
      set.append((char) (0x3000 + 2 * letter)).append((char) (0x9000 + letter)).append("\\p{IsLatin}");
    }
    final Written written = expressions(20, "[" + set + "]zN");
    final Object event = Map.of("T", "\u4e00".repeat(1 << 20));
    final Map<String, Integer> got =
        assertTimeoutPreemptively(Duration.ofSeconds(3), () -> match(written, event));
    assertEquals(2, got.get("r19"));
  }

  @Test
  void lettersThatAreSlowToLowerAreLeftToTheStatement() {
    for (final String letter : List.of("\u03a3", "\u0130", "a\u03a3")) {
      final Written written = new Written();
      final int place = written.way("T");
      final byte[] asked = written.asked(TextForm.CONTAINS, place, true, "x");
      written
          .kindIsLoweredText(place)
          .rule("is", asked)
          .rule("not", Written.not(asked))
          .rule("regex", written.expression(place, true, "x+y"))
          .rule("kind", "x", Written.unknown())
          .rule("cased", written.asked(TextForm.CONTAINS, place, false, "X"));
      final Object slow = Map.of("T", letter.repeat(100_000) + "X");
      final Map<String, Integer> got =
          assertTimeoutPreemptively(Duration.ofSeconds(3), () -> match(written, slow));
      assertEquals(
          Map.of("is", 2, "not", 2, "regex", 2, "kind", 2, "cased", 1, "#G", 1), got);
      final Object short1 = Map.of("T", letter.repeat(20) + "X");
      assertEquals(Map.of("is", 1, "cased", 1, "#G", 1), match(written, short1));
    }
  }

  @Test
  void oneExpressionThatJavaFailsOnLeavesTheOthersAlone() {
    final Written written = new Written();
    final int place = written.way("T");
    // Java's own error: StringIndexOutOfBoundsException, where half a letter stands at the end.
    written
        .rule("fails", written.expression(place, false, "\\x{d83d}?\\b{g}-"))
        .rule("no", written.asked(TextForm.CONTAINS, place, false, "x"))
        .rule("yes", written.asked(TextForm.CONTAINS, place, false, "a"));
    final Map<String, Integer> got = match(written, Map.of("T", "a\ud83d"));
    assertEquals(1, got.get("yes"));
    assertTrue(!got.containsKey("no"));
  }

  @Test
  void everyTextStartsWithTheEmptyOneAndHoldsIt() {
    for (final TextForm form : List.of(TextForm.STARTS, TextForm.ENDS, TextForm.CONTAINS)) {
      final Written written = new Written();
      written.rule("r", written.asked(form, written.way("T"), true, "", "other"));
      for (final String text : List.of("", "a", "\u0000", "\ud83d")) {
        assertEquals(Map.of("r", 1, "#G", 1), match(written, Map.of("T", text)));
      }
      assertEquals(Map.of(), match(written, Map.of()));
    }
  }

  @Test
  void aTextThatIsOnlyNearlyANumberIsOfNoKind() {
    for (final String text : List.of("+4", "04", "\uff14", "4.0", " 4", "", "99999999999999999999")) {
      final Written written = new Written();
      final int id = written.given(0);
      written
          .kindIs(id)
          .rule("is", 4, written.numbers(id, false, 4))
          .rule("not", Written.not(written.numbers(id, false, 4)));
      final SchemagenMatch function = new SchemagenMatch();
      assertEquals(
          Map.of("not", 1, "#G", 1), one(function.match(null, List.of(text), written.piece())), text);
      assertEquals(
          Map.of("is", 1, "#G", 1), one(function.match(null, List.of("4"), written.piece())));
    }
  }

  @Test
  void manyKindsAndRulesOnAnyTakeNoMoreMemoryThanTheirSum() {
    final Written written = new Written();
    final int id = written.way("ID");
    final int text = written.way("T");
    written.kindIs(id);
    for (int rule = 0; rule < 700; rule++) {
      written.rule("k" + rule, rule, written.numbers(id, false, rule));
      written.rule("t" + rule, written.asked(TextForm.CONTAINS, text, true, "a long text " + rule + "."));
    }
    final String piece = written.piece();
    final SchemagenMatch function = new SchemagenMatch();
    final Map<String, Object> event = new HashMap<>(Map.of("ID", 699L, "T", "A LONG TEXT 4."));
    assertTimeoutPreemptively(
        Duration.ofSeconds(3),
        () ->
            assertEquals(
                Map.of("k699", 1, "t4", 1, "#G", 1), one(function.match(event, null, piece))));
    event.put("ID", "699");
    assertEquals(Map.of("k699", 1, "t4", 1, "#G", 1), one(function.match(event, null, piece)));
    event.remove("ID");
    assertEquals(Map.of("t4", 1, "#G", 1), one(function.match(event, null, piece)));
  }

  @Test
  void aLongListOnAnyKindIsNotKeptForEachKind() {
    final Written written = new Written();
    final int id = written.way("ID");
    final int text = written.way("T");
    written.kindIs(id);
    final String[] hashes = new String[2_000];
    for (int hash = 0; hash < hashes.length; hash++) {
      hashes[hash] = String.format("%064x", hash * 7_919L * 104_729L);
    }
    written.rule("hash", written.asked(TextForm.CONTAINS, text, true, hashes));
    for (int kind = 0; kind < 400; kind++) {
      written.rule("k" + kind, kind, written.numbers(id, false, kind));
    }
    final String piece = written.piece();
    final Map<String, Object> event = Map.of("ID", 7L, "T", "MD5=" + hashes[1_999].toUpperCase());
    assertTimeoutPreemptively(
        Duration.ofSeconds(3),
        () ->
            assertEquals(
                Map.of("hash", 1, "k7", 1, "#G", 1),
                one(new SchemagenMatch().match(event, null, piece))));
  }

  @Test
  void threadsWithMoreSpecificationsThanAreKeptGetWhatIsTheirs() throws Exception {
    final SchemagenMatch shared = new SchemagenMatch();
    final List<String> pieces = new java.util.ArrayList<>();
    for (int number = 0; number < 12; number++) {
      final Written written = new Written();
      final int place = written.way("T");
      final byte[] asked = written.asked(TextForm.CONTAINS, place, true, "x" + number + ".");
      pieces.add(written.rule("r" + number, asked).piece());
    }
    final var pool = java.util.concurrent.Executors.newFixedThreadPool(8);
    final List<java.util.concurrent.Future<?>> running = new java.util.ArrayList<>();
    for (int thread = 0; thread < 8; thread++) {
      final int seed = thread;
      running.add(
          pool.submit(
              () -> {
                for (int turn = 0; turn < 2_000; turn++) {
                  final int number = (turn * 7 + seed) % 12;
                  final Object event = Map.of("T", "aX" + number + "." + "b".repeat(turn % 50));
                  assertEquals(
                      Map.of("r" + number, 1, "#G", 1),
                      one(shared.match(event, null, pieces.get(number))));
                }
              }));
    }
    for (final java.util.concurrent.Future<?> each : running) {
      each.get(20, java.util.concurrent.TimeUnit.SECONDS);
    }
    pool.shutdown();
  }

  @Test
  void aMegabyteInEveryPlaceIsLookedAtInTime() {
    final Written written = new Written();
    final int id = written.way("ID");
    written.kindIs(id);
    final StringBuilder half = new StringBuilder();
    for (int letter = 0; letter < 1 << 20; letter++) {
      half.append(letter % 3 == 0 ? '\ud83d' : letter % 3 == 1 ? '\ude00' : '\ud800');
    }
    final Map<String, Object> event = new HashMap<>(Map.of("ID", "4".repeat(1 << 20)));
    for (int place = 0; place < 20; place++) {
      event.put("T" + place, (place % 2 == 0 ? half.toString() : "ab".repeat(1 << 19)) + "END");
      final int way = written.way("T" + place);
      written
          .rule("a" + place, written.asked(TextForm.CONTAINS, way, true, "aba", "ababab", "b\ud83d"))
          .rule("e" + place, written.asked(TextForm.ENDS, way, true, "end"))
          .rule("x" + place, written.expression(way, true, "(?:\\w+\\s?)+?;"));
    }
    final Map<String, Integer> got =
        assertTimeoutPreemptively(Duration.ofSeconds(6), () -> match(written, event));
    for (int place = 0; place < 20; place++) {
      assertEquals(1, got.get("e" + place));
      assertEquals(place % 2 == 0 ? null : 1, got.get("a" + place));
    }
    assertEquals(2, got.get("x1"));
  }

  @Test
  void conditionsAsDeepAsTheyMayBeAreEvaluatedAndDeeperOnesRefused() {
    for (final int depth : new int[] {499, 501, 20_000}) {
      final Written written = new Written();
      byte[] condition = written.asked(TextForm.CONTAINS, written.way("T"), true, "x");
      for (int level = 0; level < depth; level++) {
        condition = level % 2 == 0 ? Written.not(condition) : Written.any(condition);
      }
      written.rule("r", condition);
      if (depth > 500) {
        assertThrows(SpecificationException.class, () -> match(written, Map.of("T", "x")));
      } else {
        final boolean isOdd = (depth + 1) / 2 % 2 == 1;
        assertEquals(!isOdd, match(written, Map.of("T", "x")).containsKey("r"));
        assertEquals(isOdd, match(written, Map.of("T", "y")).containsKey("r"));
      }
    }
  }

  @Test
  void placesThatJoinJoinedOnesAreRefused() {
    final Written written = new Written();
    int place = written.way("T");
    for (int level = 0; level < 40; level++) {
      place = written.joined(place, place);
    }
    written.rule("r", written.asked(TextForm.CONTAINS, place, true, "x"));
    assertThrows(SpecificationException.class, () -> match(written, Map.of("T", "yy")));
  }

  @Test
  void aRuleOfAKindThatNothingTellsIsRefused() {
    final Written written = new Written();
    written.rule("r", 4, Written.unknown());
    assertThrows(SpecificationException.class, () -> match(written, Map.of()));
  }

  @Test
  void whateverIsGivenNothingIsThrownAndNothingLost() {
    final Written written = new Written();
    final int way = written.way("A", "B");
    final int given = written.given(3);
    final byte[] asked = written.asked(TextForm.CONTAINS, way, true, "x");
    written
        .rule("either", Written.any(asked, Written.not(asked)))
        .rule("number", Written.any(written.numbers(given, false, 1), Written.not(written.numbers(given, false, 1))));
    final List<Object> events =
        Arrays.asList(
            null, "x", 5, List.of(), Map.of(), Map.of("A", "x"), new Object[0],
            Map.of("A", Map.of("B", Arrays.asList("x", null))), Collections.singletonMap("A", null));
    for (final Object event : events) {
      for (final List<String> texts :
          Arrays.<List<String>>asList(
              null, List.of(), Arrays.asList(null, null, null, null), numbers())) {
        final Map<String, Integer> got =
            one(new SchemagenMatch().match(event, texts, written.piece()));
        assertTrue(got.containsKey("either") && got.containsKey("number"));
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static List<String> numbers() {
    return (List<String>) (List<?>) List.of(1, 2L, 3.0, 4);
  }
}
