package io.github.resnetserving.image;

/**
 * Holds what a file claims against the bytes that are there, before a decoder of another library
 * sees it. Thread-safe.
 */
@FunctionalInterface
interface FileCheck {

  /**
   * Checks a file.
   *
   * @param encoded not modified
   * @return what the decoder is to read: the same array, or a copy whose header it understands
   */
  byte[] checked(byte[] encoded, DecodeRules rules) throws ImageException;
}
