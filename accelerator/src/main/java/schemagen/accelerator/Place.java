package schemagen.accelerator;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** Where a value of an event is. */
interface Place {
  /** What is given where a place can't be read as the specification says. */
  Object UNREADABLE = new Object();

  /** What stands between texts that are searched as one. */
  String BETWEEN_TEXTS = "\u00a6";

  /**
   * Reads the value.
   *
   * @param event a STRUCT or a MAP
   * @param texts further values
   * @return a value, null, or {@link #UNREADABLE}
   */
  Object read(Object event, List<String> texts);

  /** A way down STRUCTs and MAPs. */
  static Place path(final String... names) {
    return (event, texts) -> {
      Object at = event;
      for (final String name : names) {
        if (at == null) {
          return null;
        }
        at = at instanceof Map ? ((Map<?, ?>) at).get(name) : StructReader.get(at, name);
      }
      return at;
    };
  }

  /** One of the further values. */
  static Place text(final int index) {
    return (event, texts) -> texts == null || index >= texts.size() ? UNREADABLE : texts.get(index);
  }

  /** Several texts that are searched as one, those that are missing left out. */
  static Place joined(final List<Place> places) {
    return (event, texts) -> {
      final StringJoiner joined = new StringJoiner(BETWEEN_TEXTS);
      for (final Place place : places) {
        final Object value = place.read(event, texts);
        if (value instanceof String) {
          joined.add((String) value);
        } else if (value != null) {
          return UNREADABLE;
        }
      }
      return joined.toString();
    };
  }

  /** Reads the STRUCTs of ksqlDB, which are Kafka Connect's, without being compiled against it. */
  final class StructReader {
    private static volatile Method getter;

    private StructReader() {}

    static Object get(final Object struct, final String name) {
      try {
        Method method = getter;
        if (method == null || method.getDeclaringClass() != struct.getClass()) {
          method = struct.getClass().getMethod("get", String.class);
          getter = method;
        }
        return method.invoke(struct, name);
      } catch (final NoSuchMethodException
          | IllegalAccessException
          | InvocationTargetException error) {
        return UNREADABLE;
      }
    }
  }
}
