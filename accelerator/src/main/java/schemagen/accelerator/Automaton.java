package schemagen.accelerator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds many texts in one in a single pass (Aho and Corasick).
 *
 * <p>The trie lies in a double array: from state s by letter c to base[s] + c, if check there says
 * s. Each text has a bit for each way in which it is asked for. The time is linear in what is
 * searched: a chain of texts that end at one place is left as soon as one of them was seen before.
 */
final class Automaton {
  private static final int NONE = -1;

  private final short[] ascii = new short[128];
  private final char[] letters;
  private final int[] base;
  private final int[] check;
  private final int[] fail;
  private final int[] depth;
  private final int[] contains;
  private final int[] starts;
  private final int[] ends;
  private final int[] equals;
  private final int[] shorter;
  private final int[] shorterEnd;

  private Automaton(final Builder made) {
    letters = made.letters;
    for (int code = 0; code < letters.length && letters[code] < 128; code++) {
      ascii[letters[code]] = (short) (code + 1);
    }
    base = made.base;
    check = made.check;
    final int size = base.length;
    fail = new int[size];
    depth = new int[size];
    contains = new int[size];
    starts = new int[size];
    ends = new int[size];
    equals = new int[size];
    shorter = new int[size];
    shorterEnd = new int[size];
    for (final int[] each : List.of(contains, starts, ends, equals, shorter, shorterEnd)) {
      Arrays.fill(each, NONE);
    }
    for (final Node node : made.ordered) {
      final int at = node.slot;
      depth[at] = node.depth;
      contains[at] = node.bits[TextForm.CONTAINS.ordinal()];
      starts[at] = node.bits[TextForm.STARTS.ordinal()];
      ends[at] = node.bits[TextForm.ENDS.ordinal()];
      equals[at] = node.bits[TextForm.EQUALS.ordinal()];
      final Node next = node.fail;
      if (next != null) {
        fail[at] = next.slot;
        shorter[at] = contains[next.slot] == NONE ? shorter[next.slot] : next.slot;
        shorterEnd[at] = ends[next.slot] == NONE ? shorterEnd[next.slot] : next.slot;
      }
    }
  }

  /** Sets the bits of the texts that are found. */
  void scan(final String text, final long[] bits) {
    final int length = text.length();
    int state = 0;
    boolean fromStart = true;
    // Every text starts with the empty one and holds it, the empty one too.
    set(bits, starts[0]);
    set(bits, contains[0]);
    for (int place = 0; place < length; place++) {
      state = next(state, text.charAt(place));
      fromStart = fromStart && depth[state] == place + 1;
      if (fromStart) {
        set(bits, starts[state]);
      }
      int found = contains[state] == NONE ? shorter[state] : state;
      while (found != NONE && set(bits, contains[found])) {
        found = shorter[found];
      }
    }
    if (depth[state] == length) {
      set(bits, equals[state]);
    }
    int end = ends[state] == NONE ? shorterEnd[state] : state;
    while (end != NONE) {
      set(bits, ends[end]);
      end = shorterEnd[end];
    }
  }

  private int next(final int from, final char letter) {
    final int code = letter < 128 ? ascii[letter] : Arrays.binarySearch(letters, letter) + 1;
    if (code <= 0) {
      return 0;
    }
    int state = from;
    while (true) {
      final int target = base[state] + code;
      if (check[target] == state) {
        return target;
      }
      if (state == 0) {
        return 0;
      }
      state = fail[state];
    }
  }

  /** Sets a bit; tells whether it wasn't set before. */
  private static boolean set(final long[] bits, final int bit) {
    if (bit == NONE) {
      return false;
    }
    final long mask = 1L << bit;
    final boolean isNew = (bits[bit >> 6] & mask) == 0;
    bits[bit >> 6] |= mask;
    return isNew;
  }

  private static final class Node {
    final TreeMap<Character, Node> children = new TreeMap<>();
    final int[] bits = {NONE, NONE, NONE, NONE};
    final int depth;
    int slot;
    Node fail;

    Node(final int depth) {
      this.depth = depth;
    }
  }

  /** Collects texts. */
  static final class Builder {
    private final Node root = new Node(0);
    private final List<Node> ordered = new ArrayList<>();
    private char[] letters = {};
    private int[] base = {};
    private int[] check = {};
    private int firstFree = 1;

    /** Adds a text under a bit. */
    void add(final TextForm form, final String text, final int bit) {
      Node node = root;
      for (int place = 0; place < text.length(); place++) {
        final int deeper = node.depth + 1;
        node = node.children.computeIfAbsent(text.charAt(place), letter -> new Node(deeper));
      }
      node.bits[form.ordinal()] = bit;
    }

    Automaton build() {
      order();
      letters = sortedLetters();
      final Map<Character, Integer> codes = new HashMap<>();
      for (int code = 0; code < letters.length; code++) {
        codes.put(letters[code], code + 1);
      }
      grow(letters.length + 2);
      for (final Node node : ordered) {
        place(node, codes);
      }
      // Every state reads base + code without a look at the bounds.
      grow(Arrays.stream(base).max().orElse(0) + letters.length + 1);
      return new Automaton(this);
    }

    /** Lists the nodes, the shallow ones first, and links each to its longest proper ending. */
    private void order() {
      ordered.add(root);
      for (int place = 0; place < ordered.size(); place++) {
        final Node node = ordered.get(place);
        for (final Map.Entry<Character, Node> entry : node.children.entrySet()) {
          final Node child = entry.getValue();
          Node shorter = node.fail;
          while (shorter != null && !shorter.children.containsKey(entry.getKey())) {
            shorter = shorter.fail;
          }
          child.fail = shorter == null ? root : shorter.children.get(entry.getKey());
          ordered.add(child);
        }
      }
    }

    private char[] sortedLetters() {
      final StringBuilder found = new StringBuilder();
      ordered.stream()
          .flatMap(node -> node.children.keySet().stream())
          .distinct()
          .sorted()
          .forEach(found::append);
      return found.toString().toCharArray();
    }

    private void place(final Node node, final Map<Character, Integer> codes) {
      if (node.children.isEmpty()) {
        return;
      }
      final int[] wanted = node.children.keySet().stream().mapToInt(codes::get).toArray();
      while (firstFree < check.length && check[firstFree] != NONE) {
        firstFree++;
      }
      int start = Math.max(0, firstFree - wanted[0]);
      while (!fits(start, wanted)) {
        start++;
      }
      base[node.slot] = start;
      int at = 0;
      for (final Node child : node.children.values()) {
        child.slot = start + wanted[at];
        check[child.slot] = node.slot;
        at++;
      }
    }

    private boolean fits(final int start, final int[] wanted) {
      grow(start + letters.length + 1);
      for (final int code : wanted) {
        if (start + code == 0 || check[start + code] != NONE) {
          return false;
        }
      }
      return true;
    }

    private void grow(final int least) {
      if (check.length > least) {
        return;
      }
      final int before = check.length;
      final int size = Math.max(least + 1, before + (before >> 1));
      check = Arrays.copyOf(check, size);
      base = Arrays.copyOf(base, size);
      Arrays.fill(check, before, size, NONE);
    }
  }
}
