package io.github.resnetserving.inference;

/** What an image goes through, in this order. */
public enum Stage {
  /** Waiting for a decode thread. */
  DECODE_QUEUE,
  /** From bytes to pixels, upright; waiting for room for the pixels included. */
  DECODE,
  /** Resize and crop. */
  PREPROCESS,
  /** Waiting for a batch to start. */
  QUEUE,
  /** The batch. */
  INFERENCE,
  /** From the network's output to the answer for the image. */
  RANKING
}
