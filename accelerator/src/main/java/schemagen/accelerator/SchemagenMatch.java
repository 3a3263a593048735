package schemagen.accelerator;

import io.confluent.ksql.function.udf.Udf;
import io.confluent.ksql.function.udf.UdfDescription;
import io.confluent.ksql.function.udf.UdfParameter;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** The function of ksqlDB that tells which rules an event matches. */
@UdfDescription(
    name = "SCHEMAGEN_MATCH_V1",
    category = "MATCHING",
    description = "Tells which of many rules an event matches.",
    author = "schemagen",
    version = "1")
public final class SchemagenMatch {
  private volatile RuleCache.Known last;

  /** ksqlDB makes one for each expression in which the function is called. */
  public SchemagenMatch() {}

  /**
   * Tells which rules an event matches.
   *
   * @param event a STRUCT, in which the specification names places
   * @param texts further values of the event, which the specification counts
   * @param specification the rules, in pieces
   * @return one MAP with 1 for each rule that matches, 2 for each that the statement must decide,
   *     and 1 for the groups of these; nothing where no rule does
   * @throws SpecificationException the specification is broken
   */
  @Udf(description = "Returns the rules that an event matches, at most one MAP of them.")
  public <T> List<Map<String, Integer>> match(
      @UdfParameter("event") final T event,
      @UdfParameter("texts") final List<String> texts,
      @UdfParameter("specification") final String... specification) {
    RuleCache.Known known = last;
    if (known == null || !known.isOf(specification)) {
      known = RuleCache.get(specification);
      last = known;
    }
    final Map<String, Integer> found = known.rules().match(event, texts);
    return found == null ? Collections.emptyList() : Collections.singletonList(found);
  }
}
