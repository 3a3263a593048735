package schemagen.accelerator;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs the function outside of ksqlDB: events come in by the standard input, matches go out.
 *
 * <p>The input has the pieces of the specification, then events: the STRUCT and the further texts
 * of each. For each event comes a line of `rule=value`, with tabs between. With the argument
 * `--time N` all events are run N times, and the last line has the microseconds of processor time
 * an event, the least of all rounds.
 */
public final class Check {
  private Check() {}

  public static void main(final String... arguments) throws IOException {
    final int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 0;
    final DataInputStream input = new DataInputStream(new BufferedInputStream(System.in, 1 << 16));
    final PrintStream output = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    final SchemagenMatch function = new SchemagenMatch();
    final String[] pieces = texts(input).toArray(new String[0]);
    final List<Object> events = new ArrayList<>();
    final List<List<String>> more = new ArrayList<>();
    for (int left = input.readInt(); left > 0; left--) {
      final Object event = value(input);
      final List<String> texts = texts(input);
      if (rounds > 0) {
        events.add(event);
        more.add(texts);
      }
      output.println(line(function.match(event, texts, pieces)));
    }
    if (rounds > 0) {
      output.println(least(function, events, more, pieces, rounds));
    }
    output.flush();
  }

  private static double least(
      final SchemagenMatch function,
      final List<Object> events,
      final List<List<String>> more,
      final String[] pieces,
      final int rounds) {
    final var threads = java.lang.management.ManagementFactory.getThreadMXBean();
    double least = Double.MAX_VALUE;
    for (int round = 0; round < rounds; round++) {
      final long before = threads.getCurrentThreadCpuTime();
      for (int place = 0; place < events.size(); place++) {
        function.match(events.get(place), more.get(place), pieces);
      }
      final long spent = threads.getCurrentThreadCpuTime() - before;
      least = Math.min(least, spent / 1e3 / Math.max(events.size(), 1));
    }
    return least;
  }

  private static String line(final List<Map<String, Integer>> found) {
    final List<String> parts = new ArrayList<>();
    found.forEach(map -> map.forEach((rule, value) -> parts.add(rule + "=" + value)));
    return String.join("\t", parts);
  }

  private static List<String> texts(final DataInputStream input) throws IOException {
    final List<String> found = new ArrayList<>();
    for (int left = input.readInt(); left > 0; left--) {
      final Object one = value(input);
      found.add((String) one);
    }
    return found;
  }

  private static Object value(final DataInputStream input) throws IOException {
    final char kind = (char) input.readByte();
    switch (kind) {
      case 'S':
        return text(input);
      case 'L':
        return input.readLong();
      case 'I':
        return input.readInt();
      case 'D':
        return input.readDouble();
      case 'B':
        return input.readByte() != 0;
      case 'A':
        final List<Object> items = new ArrayList<>();
        for (int left = input.readInt(); left > 0; left--) {
          items.add(value(input));
        }
        return items;
      case 'M':
        final Map<String, Object> map = new HashMap<>();
        for (int left = input.readInt(); left > 0; left--) {
          final String key = text(input);
          map.put(key, value(input));
        }
        return map;
      default:
        return null;
    }
  }

  private static String text(final DataInputStream input) throws IOException {
    return new String(input.readNBytes(input.readInt()), StandardCharsets.UTF_16BE);
  }
}
