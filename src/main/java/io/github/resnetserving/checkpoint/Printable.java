package io.github.resnetserving.checkpoint;

/** Text out of a file, made fit for a message: short, on one line, nothing a terminal obeys. */
public final class Printable {

  private static final int MAX_LENGTH = 120;

  private Printable() {}

  public static String of(String text) {
    var shown = new StringBuilder();
    int length = Math.min(text.length(), MAX_LENGTH);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      boolean plain = c >= ' ' && c != 0x7f && Character.isDefined(c) && !isHidden(c);
      shown.append(plain ? String.valueOf(c) : "\\u%04x".formatted((int) c));
    }
    return text.length() > MAX_LENGTH ? shown.append('…').toString() : shown.toString();
  }

  private static boolean isHidden(char c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
