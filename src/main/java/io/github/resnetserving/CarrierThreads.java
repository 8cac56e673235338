package io.github.resnetserving;

/**
 * The threads that virtual threads run on, of which the JVM has as many as there are processors. A
 * request that computes without waiting, such as one whose large message is parsed, keeps its
 * carrier thread, and on two processors two of those would keep every other request waiting. With
 * more carrier threads than processors the operating system shares the processors out.
 */
final class CarrierThreads {

  private static final String PROPERTY = "jdk.virtualThreadScheduler.parallelism";
  private static final int A_PROCESSOR = 4;
  private static final int LEAST = 8;

  private CarrierThreads() {}

  /** Chooses their number, unless the JVM's options say one. Call it before anything else. */
  static void choose() {
    if (System.getProperty(PROPERTY) == null) {
      int count = count(Runtime.getRuntime().availableProcessors());
      System.setProperty(PROPERTY, Integer.toString(count));
    }
  }

  static int count(int processors) {
    return Math.max(LEAST, A_PROCESSOR * processors);
  }
}
