package schemagen.accelerator;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.Deflater;

/** Writes specifications, apart from the generator: every reference is a number, none is 0. */
final class Written {
  private final List<String> texts = new ArrayList<>();
  private final List<byte[]> places = new ArrayList<>();
  private final List<byte[]> tests = new ArrayList<>();
  private final List<byte[]> rules = new ArrayList<>();
  private byte[] kind = numbers(0);

  int way(final String... steps) {
    final Bytes made = new Bytes().add(0).add(steps.length);
    for (final String step : steps) {
      made.add(text(step)).add(0);
    }
    places.add(made.done());
    return places.size() - 1;
  }

  int given(final int index) {
    places.add(numbers(1, index));
    return places.size() - 1;
  }

  int joined(final int... parts) {
    places.add(new Bytes().add(2).add(parts.length).add(numbers(parts)).done());
    return places.size() - 1;
  }

  byte[] asked(final TextForm form, final int place, final boolean lowered, final String... wanted) {
    final Bytes made = test(form.ordinal(), place, lowered).add(wanted.length);
    for (final String each : wanted) {
      made.add(text(each));
    }
    return tested(made);
  }

  byte[] expression(final int place, final boolean lowered, final String pattern) {
    return tested(test(4, place, lowered).add(text(pattern)).add(0));
  }

  byte[] numbers(final int place, final boolean unused, final long... wanted) {
    final Bytes made = test(5, place, false).add(wanted.length);
    for (final long each : wanted) {
      made.add(each << 1 ^ each >> 63);
    }
    return tested(made);
  }

  byte[] missing(final int place) {
    return tested(test(6, place, false));
  }

  byte[] truth(final int place, final boolean wanted) {
    return tested(test(7, place, wanted));
  }

  static byte[] all(final byte[]... parts) {
    return joint(3, parts);
  }

  static byte[] any(final byte[]... parts) {
    return joint(4, parts);
  }

  static byte[] not(final byte[] part) {
    return new Bytes().add(5).add(part).done();
  }

  static byte[] unknown() {
    return numbers(2);
  }

  Written kindIs(final int place) {
    kind = numbers(1, place);
    return this;
  }

  Written kindIsLoweredText(final int place) {
    kind = numbers(3, place);
    return this;
  }

  Written rule(final String key, final byte[] condition) {
    rules.add(new Bytes().add(text(key)).add(text("#G")).add(0).add(condition).done());
    return this;
  }

  Written rule(final String key, final long onKind, final byte[] condition) {
    rules.add(
        new Bytes().add(text(key)).add(text("#G")).add(2).add(onKind << 1).add(condition).done());
    return this;
  }

  Written rule(final String key, final String onKind, final byte[] condition) {
    rules.add(
        new Bytes().add(text(key)).add(text("#G")).add(2).add(text(onKind)).add(condition).done());
    return this;
  }

  byte[] bytes() {
    final Bytes made = new Bytes().add(texts.size());
    for (final String each : texts) {
      final byte[] written = each.getBytes(StandardCharsets.UTF_8);
      made.add(written.length).add(written);
    }
    for (final List<byte[]> each : List.of(places, tests)) {
      made.add(each.size());
      each.forEach(made::add);
    }
    made.add(kind).add(rules.size());
    rules.forEach(made::add);
    return made.done();
  }

  String[] pieces(final int size) {
    return pieces(bytes(), size);
  }

  String piece() {
    return pieces(60_000)[0];
  }

  static String[] pieces(final byte[] bytes, final int size) {
    final Deflater deflater = new Deflater();
    deflater.setInput(bytes);
    deflater.finish();
    final byte[] packed = new byte[bytes.length + 100];
    final int length = deflater.deflate(packed);
    deflater.end();
    final String body =
        Base64.getEncoder().encodeToString(java.util.Arrays.copyOf(packed, length));
    final int count = Math.max(1, (body.length() + size - 1) / size);
    final String[] made = new String[count];
    for (int place = 0; place < count; place++) {
      final String part =
          body.substring(place * size, Math.min(body.length(), (place + 1) * size));
      made[place] = "S1:" + sum(body) + ":" + (place + 1) + "/" + count + ":" + part;
    }
    return made;
  }

  private static String sum(final String body) {
    try {
      final byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
      final StringBuilder written = new StringBuilder();
      for (int place = 0; place < 8; place++) {
        written.append(String.format("%02x", digest[place]));
      }
      return written.toString();
    } catch (final java.security.NoSuchAlgorithmException error) {
      throw new AssertionError(error);
    }
  }

  private Bytes test(final int form, final int place, final boolean lowered) {
    return new Bytes().add(form * 2L + (lowered ? 1 : 0)).add(place);
  }

  private byte[] tested(final Bytes made) {
    tests.add(made.done());
    return numbers(6, tests.size());
  }

  private long text(final String text) {
    if (!texts.contains(text)) {
      texts.add(text);
    }
    return texts.indexOf(text) + 1L;
  }

  private static byte[] joint(final int form, final byte[]... parts) {
    final Bytes made = new Bytes().add(form).add(parts.length);
    for (final byte[] part : parts) {
      made.add(part);
    }
    return made.done();
  }

  private static byte[] numbers(final int... values) {
    final Bytes made = new Bytes();
    for (final int each : values) {
      made.add(each);
    }
    return made.done();
  }

  private static final class Bytes {
    private final ByteArrayOutputStream made = new ByteArrayOutputStream();

    Bytes add(final long number) {
      long left = number;
      while ((left & ~0x7FL) != 0) {
        made.write((int) (left & 0x7F | 0x80));
        left >>>= 7;
      }
      made.write((int) left);
      return this;
    }

    Bytes add(final byte[] bytes) {
      made.writeBytes(bytes);
      return this;
    }

    byte[] done() {
      return made.toByteArray();
    }
  }
}
