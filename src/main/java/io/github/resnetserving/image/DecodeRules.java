package io.github.resnetserving.image;

/** What a decoder asks while it decodes one picture. */
interface DecodeRules {

  /**
   * Admits a claimed size. Decoders call it before they allocate anything that grows with it, and
   * may call it more than once for one picture.
   *
   * @param width columns, up to 2^32 - 1
   * @param height rows, up to 2^32 - 1
   */
  void admit(long width, long height) throws ImageException;

  /** What transparent pictures are composited on. */
  Background background();

  /** The shorter side in pixels that is enough, for decoders that can scale; never too much. */
  int enough();

  /**
   * The same rules for a picture that is to be resized, with somebody who hears of its size.
   *
   * @param shortEdge what the shorter side is resized to
   */
  static DecodeRules resizing(DecodePolicy policy, int shortEdge, PreparationListener listener) {
    return new DecodeRules() {
      @Override
      public int enough() {
        return policy.detail() == DecodePolicy.Detail.FAST ? shortEdge : policy.enough();
      }

      @Override
      public void admit(long width, long height) throws ImageException {
        policy.admit(width, height);
        listener.onSize(width * height);
      }

      @Override
      public Background background() {
        return policy.background();
      }
    };
  }
}
