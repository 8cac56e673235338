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

  /** The same rules with somebody who hears of the size. */
  static DecodeRules heard(DecodePolicy policy, PreparationListener listener) {
    return new DecodeRules() {
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
