package schemagen.accelerator;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The specifications in use; few are, and what isn't any more goes. */
final class RuleCache {
  private static final int MOST = 8;

  private static final Map<List<String>, Known> ENTRIES =
      new LinkedHashMap<>(MOST * 2, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(final Map.Entry<List<String>, Known> eldest) {
          return size() > MOST;
        }
      };

  private RuleCache() {}

  /** A specification that was read, or why it can't be. */
  static final class Known {
    private final String[] pieces;
    private final Rules rules;
    private final SpecificationException error;

    private Known(final String[] pieces, final Rules rules, final SpecificationException error) {
      this.pieces = pieces;
      this.rules = rules;
      this.error = error;
    }

    /** Tells whether it is of the very texts: a literal of a statement is one text for ever. */
    boolean isOf(final String[] others) {
      if (others == null || others.length != pieces.length) {
        return false;
      }
      for (int place = 0; place < pieces.length; place++) {
        if (pieces[place] != others[place]) {
          return false;
        }
      }
      return true;
    }

    Rules rules() {
      if (error != null) {
        throw new SpecificationException(error);
      }
      return rules;
    }
  }

  static Known get(final String[] pieces) {
    final String[] own = pieces == null ? new String[0] : pieces.clone();
    final List<String> key = Arrays.asList(own);
    synchronized (ENTRIES) {
      final Known found = ENTRIES.get(key);
      if (found == null) {
        final Known made = read(own);
        ENTRIES.put(key, made);
        return made;
      }
      return new Known(own, found.rules, found.error);
    }
  }

  private static Known read(final String[] pieces) {
    try {
      return new Known(pieces, Rules.of(pieces), null);
    } catch (final SpecificationException error) {
      return new Known(pieces, null, error);
    } catch (final RuntimeException | StackOverflowError error) {
      // Kept as well: else every event would read it anew.
      final String reason = "it can't be read: " + error.getClass().getSimpleName();
      return new Known(pieces, null, new SpecificationException(reason));
    }
  }
}
