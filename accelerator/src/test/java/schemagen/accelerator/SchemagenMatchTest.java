package schemagen.accelerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.confluent.ksql.function.udf.Udf;
import io.confluent.ksql.function.udf.UdfDescription;
import io.confluent.ksql.function.udf.UdfParameter;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class SchemagenMatchTest {
  private static final Map<String, Integer> NONE = Map.of();

  private static Map<String, Integer> match(
      final Written written, final Object event, final String... texts) {
    return match(new SchemagenMatch(), written.piece(), event, texts);
  }

  private static Map<String, Integer> match(
      final SchemagenMatch function, final String piece, final Object event, final String... texts) {
    final List<Map<String, Integer>> found = function.match(event, Arrays.asList(texts), piece);
    assertTrue(found.size() < 2);
    return found.isEmpty() ? NONE : found.get(0);
  }

  private static Map<String, Object> event(final Object... entries) {
    final Map<String, Object> made = new HashMap<>();
    for (int place = 0; place < entries.length; place += 2) {
      made.put((String) entries[place], entries[place + 1]);
    }
    return made;
  }

  private static Map<String, Integer> found(final String... keys) {
    final Map<String, Integer> made = new HashMap<>();
    for (final String key : keys) {
      made.put(key, 1);
    }
    made.put("#G", 1);
    return made;
  }

  @Test
  void isWhatKsqlDbLoads() throws ReflectiveOperationException {
    assertEquals(
        "SCHEMAGEN_MATCH_V1", SchemagenMatch.class.getAnnotation(UdfDescription.class).name());
    SchemagenMatch.class.getConstructor().newInstance();
    final Method method =
        SchemagenMatch.class.getMethod("match", Object.class, List.class, String[].class);
    assertTrue(method.isAnnotationPresent(Udf.class));
    assertTrue(method.isVarArgs());
    for (final Annotation[] each : method.getParameterAnnotations()) {
      assertFalse(((UdfParameter) each[0]).value().isEmpty());
    }
  }

  @Test
  void looksForTextsInTheLowerCaseOrAsTheyAre() {
    final Written written = new Written();
    final int image = written.way("IMAGE");
    written
        .rule("ends", written.asked(TextForm.ENDS, image, true, "\\cmd.exe"))
        .rule("cased", written.asked(TextForm.ENDS, image, false, "\\cmd.exe"))
        .rule("starts", written.asked(TextForm.STARTS, image, true, "c:", "d:"))
        .rule("contains", written.asked(TextForm.CONTAINS, image, true, "system32"))
        .rule("equals", written.asked(TextForm.EQUALS, image, true, "c:\\system32\\cmd.exe"));
    assertEquals(
        found("ends", "starts", "contains", "equals"),
        match(written, event("IMAGE", "C:\\System32\\CMD.exe")));
    assertEquals(found("ends", "cased"), match(written, event("IMAGE", "x\\cmd.exe")));
    assertEquals(NONE, match(written, event("IMAGE", "cmd.exe")));
    assertEquals(NONE, match(written, event("IMAGE", null)));
    assertEquals(NONE, match(written, event()));
    assertEquals(NONE, match(written, null));
  }

  @Test
  void findsTheEmptyTextOnlyWhereTheValueIsEmpty() {
    final Written written = new Written();
    final int user = written.way("USER");
    written.rule("empty", written.asked(TextForm.EQUALS, user, true, ""));
    assertEquals(found("empty"), match(written, event("USER", "")));
    assertEquals(NONE, match(written, event("USER", " ")));
    assertEquals(NONE, match(written, event()));
  }

  @Test
  void aMissingValueFailsEachTestSoThatItsNegationHolds() {
    final Written written = new Written();
    final int image = written.way("IMAGE");
    final int number = written.way("ID");
    final int flag = written.way("FLAG");
    written
        .rule("not", Written.not(written.asked(TextForm.CONTAINS, image, true, "x")))
        .rule("not number", Written.not(written.numbers(number, false, 4)))
        .rule("not flag", Written.not(written.truth(flag, true)))
        .rule("missing", written.missing(image));
    assertEquals(found("not", "not number", "not flag", "missing"), match(written, event()));
    assertEquals(NONE, match(written, event("IMAGE", "x", "ID", 4L, "FLAG", true)));
  }

  @Test
  void comparesNumbersAndBooleansAsTheyAreAndAsText() {
    final Written written = new Written();
    final int number = written.way("ID");
    final int flag = written.way("FLAG");
    final int text = written.given(0);
    final int other = written.given(1);
    written
        .rule("number", written.numbers(number, false, -4, 4688, Long.MIN_VALUE))
        .rule("flag", written.truth(flag, false))
        .rule("text", written.numbers(text, false, -4, 4688))
        .rule("flag text", written.truth(other, false));
    assertEquals(
        found("number", "flag", "text", "flag text"),
        match(written, event("ID", 4688L, "FLAG", false), "-4", "false"));
    assertEquals(
        found("number"), match(written, event("ID", -4, "FLAG", true), "04688", "true"));
    assertEquals(
        found("number"), match(written, event("ID", Long.MIN_VALUE, "FLAG", true), null, null));
  }

  @Test
  void searchesTextsThatAreJoinedWithoutThoseThatAreMissing() {
    final Written written = new Written();
    final int joined = written.joined(written.way("A"), written.way("B"), written.given(0));
    written.rule("both", written.asked(TextForm.EQUALS, joined, true, "x\u00a6z"));
    assertEquals(found("both"), match(written, event("A", "X", "B", null), "z"));
    assertEquals(NONE, match(written, event("A", "x", "B", "y"), "z"));
  }

  @Test
  void goesDownStructsAndMapsAndReadsWhatHasAGetter() {
    final Written written = new Written();
    written.rule(
        "deep", written.asked(TextForm.EQUALS, written.way("DATA", "IMAGE"), false, "x"));
    assertEquals(found("deep"), match(written, event("DATA", event("IMAGE", "x"))));
    assertEquals(found("deep"), match(written, new Getter("DATA", new Getter("IMAGE", "x"))));
    assertEquals(NONE, match(written, new Getter("DATA", null)));
  }

  @Test
  void whatCantBeReadIsDecidedByTheStatement() {
    final Written written = new Written();
    final byte[] asked = written.asked(TextForm.EQUALS, written.way("IMAGE"), false, "x");
    written.rule("positive", asked).rule("negative", Written.not(asked));
    for (final Object wrong : List.of(4L, List.of("x"), Map.of())) {
      assertEquals(
          Map.of("positive", 2, "negative", 2, "#G", 1), match(written, event("IMAGE", wrong)));
    }
    assertEquals(Map.of("positive", 2, "negative", 2, "#G", 1), match(written, "no struct"));
    assertEquals(
        Map.of("positive", 2, "negative", 2, "#G", 1), match(written, new Getter("OTHER", "x")));
  }

  @Test
  void aPartThatIsUnknownIsDecidedByTheStatementOnlyWhereItMatters() {
    final Written written = new Written();
    final byte[] asked = written.asked(TextForm.EQUALS, written.way("IMAGE"), false, "x");
    written
        .rule("and", Written.all(asked, Written.unknown()))
        .rule("or", Written.any(asked, Written.unknown()));
    assertEquals(Map.of("and", 2, "or", 1, "#G", 1), match(written, event("IMAGE", "x")));
    assertEquals(Map.of("or", 2, "#G", 1), match(written, event("IMAGE", "y")));
  }

  @Test
  void looksOnlyAtTheRulesOfTheKind() {
    final Written written = new Written();
    final int id = written.way("ID");
    final byte[] one = written.numbers(id, false, 1);
    final byte[] two = written.numbers(id, false, 2);
    written
        .kindIs(id)
        .rule("one", 1, one)
        .rule("two", 2, Written.all(two, written.asked(TextForm.CONTAINS, written.way("X"), true, "q")))
        .rule("any", written.asked(TextForm.CONTAINS, written.way("X"), true, "z"));
    assertEquals(found("one"), match(written, event("ID", 1L, "X", "q")));
    assertEquals(found("two"), match(written, event("ID", 2, "X", "Q")));
    assertEquals(found("any"), match(written, event("ID", 3L, "X", "qz")));
    assertEquals(found("any"), match(written, event("X", "qz")));
    assertEquals(found("any", "one"), match(written, event("ID", 1L, "X", "qz")));
  }

  @Test
  void kindsCanBeTexts() {
    final Written written = new Written();
    final int name = written.way("NAME");
    written
        .kindIsLoweredText(name)
        .rule("one", "login", written.asked(TextForm.EQUALS, name, true, "login"));
    assertEquals(found("one"), match(written, event("NAME", "LogIn")));
    assertEquals(NONE, match(written, event("NAME", "other")));
  }

  @Test
  void findsRegularExpressionsAsJavaDoes() {
    final Written written = new Written();
    final int text = written.way("T");
    written.rule("found", written.expression(text, true, "(?s)\\Aa.*b\\z"));
    assertEquals(found("found"), match(written, event("T", "A\r\nB")));
    assertEquals(NONE, match(written, event("T", "ab\n")));
    assertEquals(NONE, match(written, event()));
  }

  @Test
  void anExpressionThatJavaCantCompileIsDecidedByTheStatement() {
    final Written written = new Written();
    written.rule("broken", written.expression(written.way("T"), false, "(("));
    assertEquals(Map.of("broken", 2, "#G", 1), match(written, event("T", "x")));
    assertEquals(NONE, match(written, event()));
  }

  @Test
  void anExpressionThatTakesTooLongIsDecidedByTheStatement() {
    final Written written = new Written();
    final int text = written.way("T");
    final List<String> hostile = List.of("(a+)+$", "(?:a|a)*b", "(.*)*z", "(?:(?:a|b)*)*c", "(x+x+)+y");
    for (final String each : hostile) {
      written.rule(each, written.expression(text, false, each));
    }
    final String long1 = "a".repeat(1 << 20) + "!";
    final String long2 = "x".repeat(1 << 20);
    for (final String each : List.of(long1, long2, "a".repeat(40) + "!", "x".repeat(60))) {
      final Map<String, Integer> got =
          assertTimeoutPreemptively(
              Duration.ofSeconds(20), () -> match(written, event("T", each)));
      for (final String one : hostile) {
        if (got.containsKey(one)) {
          assertEquals(2, got.get(one));
        }
      }
    }
  }

  @Test
  void allExpressionsOfAnEventHaveOneBudget() {
    final Written written = new Written();
    final int text = written.way("T");
    for (int rule = 0; rule < 2_000; rule++) {
      written.rule("r" + rule, written.expression(text, false, "(a+)+" + rule));
    }
    final Map<String, Integer> got =
        assertTimeoutPreemptively(
            Duration.ofSeconds(20), () -> match(written, event("T", "a".repeat(100_000))));
    assertEquals(2_001, got.size());
  }

  @Test
  void aMegabyteOfTextIsScannedInTime() {
    final Written written = new Written();
    final int text = written.way("T");
    for (int rule = 0; rule < 500; rule++) {
      written.rule("r" + rule, written.asked(TextForm.CONTAINS, text, true, "ab".repeat(20) + rule));
    }
    final SchemagenMatch function = new SchemagenMatch();
    final String piece = written.piece();
    final Object event = event("T", "AB".repeat(1 << 20) + 7);
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          for (int times = 0; times < 20; times++) {
            assertEquals(found("r7"), match(function, piece, event));
          }
        });
  }

  @Test
  void rulesThatAreWokenByNothingAreEvaluatedAlways() {
    final Written written = new Written();
    final byte[] asked = written.asked(TextForm.EQUALS, written.way("A"), true, "x");
    written.rule("not", Written.all(Written.not(asked), Written.not(written.missing(written.way("A")))));
    assertEquals(found("not"), match(written, event("A", "y")));
    assertEquals(NONE, match(written, event("A", "x")));
  }

  // -- the specification ---------------------------------------------------------------------

  @Test
  void aSpecificationThatIsCutOffAlteredOrMissingIsRefused() {
    final Written written = new Written();
    for (int rule = 0; rule < 50; rule++) {
      written.rule("r" + rule, written.asked(TextForm.EQUALS, written.way("A"), true, "x" + rule));
    }
    final String[] whole = written.pieces(100);
    assertTrue(whole.length > 3);
    assertEquals(
        1, new SchemagenMatch().match(event("A", "x7"), List.of(), whole).size());
    final List<String[]> broken = new ArrayList<>();
    broken.add(new String[0]);
    broken.add(null);
    broken.add(new String[] {null});
    broken.add(new String[] {""});
    broken.add(Arrays.copyOf(whole, whole.length - 1));
    broken.add(Arrays.copyOfRange(whole, 1, whole.length));
    final String[] swapped = whole.clone();
    swapped[0] = whole[1];
    swapped[1] = whole[0];
    broken.add(swapped);
    for (int place = 0; place < whole.length; place++) {
      final String[] cut = whole.clone();
      cut[place] = cut[place].substring(0, cut[place].length() - 1);
      broken.add(cut);
    }
    for (final String[] each : broken) {
      final SchemagenMatch function = new SchemagenMatch();
      for (int times = 0; times < 2; times++) {
        final SpecificationException error =
            assertThrows(
                SpecificationException.class, () -> function.match(event(), List.of(), each));
        assertTrue(error.getMessage().startsWith("The specification of the rules is broken: "));
      }
    }
  }

  @Test
  void bytesThatAreNoSpecificationAreRefused() {
    final Written written = new Written();
    final int place = written.way("A", "B");
    written
        .kindIs(written.way("ID"))
        .rule("one", 4, Written.all(written.asked(TextForm.ENDS, place, true, "x", "y")))
        .rule("two", Written.not(written.expression(place, false, "a.b")));
    final byte[] right = written.bytes();
    Specification.read(right);
    int refused = 0;
    for (int at = 0; at < right.length; at++) {
      for (final int change : new int[] {1, 64, 127, 255}) {
        final byte[] wrong = right.clone();
        wrong[at] ^= (byte) change;
        try {
          new SchemagenMatch().match(event(), List.of(), Written.pieces(wrong, 60_000));
        } catch (final SpecificationException error) {
          refused++;
        }
      }
      final byte[] cut = Arrays.copyOf(right, at);
      assertThrows(SpecificationException.class, () -> Specification.read(cut));
    }
    assertTrue(refused > right.length);
  }

  @Test
  void aConditionThatIsNestedWithoutEndIsRefused() {
    final Written written = new Written();
    byte[] deep = Written.unknown();
    for (int level = 0; level < 400; level++) {
      deep = Written.not(deep);
    }
    assertEquals(2, match(new Written().rule("deep", deep), event()).get("deep"));
    for (int level = 0; level < 20_000; level++) {
      deep = level % 100 == 0 ? Written.any(deep) : Written.not(deep);
    }
    written.rule("deep", deep);
    final String piece = written.piece();
    assertThrows(
        SpecificationException.class, () -> new SchemagenMatch().match(null, List.of(), piece));
  }

  @Test
  void oneFunctionServesManyThreadsAndSpecifications() throws Exception {
    final SchemagenMatch function = new SchemagenMatch();
    final List<Callable<Boolean>> tasks = new ArrayList<>();
    for (int task = 0; task < 64; task++) {
      final int own = task % 20;
      tasks.add(
          () -> {
            final Written written = new Written();
            final int place = written.way("A");
            written.rule("r" + own, written.asked(TextForm.EQUALS, place, true, "x" + own));
            final String piece = written.piece();
            boolean right = true;
            for (int times = 0; times < 200; times++) {
              right &= match(function, piece, event("A", "X" + own)).equals(found("r" + own));
              right &= match(function, piece, event("A", "X")).isEmpty();
            }
            return right;
          });
    }
    final ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      for (final Future<Boolean> each : threads.invokeAll(tasks)) {
        assertTrue(each.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aCallThatMatchesNothingMakesNothing() {
    final Written written = new Written();
    written.rule("one", written.asked(TextForm.EQUALS, written.way("A"), true, "x"));
    assertEquals(
        Collections.emptyList(), new SchemagenMatch().match(event(), List.of(), written.piece()));
  }

  /** Something that is read like a STRUCT of Kafka Connect. */
  public static final class Getter {
    private final String name;
    private final Object value;

    Getter(final String name, final Object value) {
      this.name = name;
      this.value = value;
    }

    /** Returns a field; throws where there is none. */
    public Object get(final String wanted) {
      if (!wanted.equals(name)) {
        throw new IllegalArgumentException(wanted);
      }
      return value;
    }
  }
}
