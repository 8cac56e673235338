package io.github.resnetserving.rest.request;

/** Text of a client's in messages: it is repeated, but not at any length. */
public final class Echo {

  private static final int LONGEST = 100;

  private Echo() {}

  /** The first hundred characters. */
  public static String of(String text) {
    if (text.length() <= LONGEST) {
      return text;
    }
    boolean cutsPair = Character.isHighSurrogate(text.charAt(LONGEST - 1));
    return text.substring(0, cutsPair ? LONGEST - 1 : LONGEST) + "…";
  }
}
