package io.github.resnetserving.image;

/**
 * Reads one format. Implementations are thread-safe.
 *
 * <p>Besides {@link ImageException} an implementation may throw any RuntimeException on corrupt
 * bytes: {@link ImagePipeline} takes it for an unreadable image.
 */
interface Decoder {

  /**
   * Decodes the first image.
   *
   * @param encoded the whole file, which begins with the format's magic bytes; not modified
   * @param rules asked before anything is allocated that grows with the claimed size, and while the
   *     decoder works
   * @param workspace holds the image that is returned
   */
  Decoded decode(byte[] encoded, DecodeRules rules, DecodeBuffers workspace) throws ImageException;
}
