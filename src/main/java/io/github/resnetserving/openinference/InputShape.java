package io.github.resnetserving.openinference;

import java.util.Arrays;

/**
 * The shape of a request's input while its sizes are read: {@code [n]} or {@code [n, 1]} encoded
 * images, or {@code [n, 3, side, side]} numbers. Used by one thread.
 */
final class InputShape {

  private static final int MAX_RANK = 4;

  private final String model;
  private final int side;
  private final int maxImages;
  private final long[] sizes = new long[MAX_RANK];
  private int rank = -1; // no shape yet

  /**
   * @param model its name
   * @param side height and width of the images that it takes
   * @param maxImages images of a request at most
   */
  InputShape(String model, int side, int maxImages) {
    this.model = model;
    this.side = side;
    this.maxImages = maxImages;
  }

  /** Begins, or begins anew. */
  void begin() {
    rank = 0;
  }

  /** The next size. */
  void size(long size) throws ProtocolException {
    if (rank == MAX_RANK) {
      throw ProtocolException.invalid(
          "The shape has more than 4 sizes: image takes [n] or [n, 1], input takes [n, 3, height, "
              + "width].");
    }
    rank = Math.max(0, rank);
    sizes[rank++] = size;
  }

  /** Whether it has begun. */
  boolean isGiven() {
    return rank >= 0;
  }

  /** How many images it is for; as many as a request may have while no size is known. */
  long images() {
    return rank > 0 ? sizes[0] : maxImages;
  }

  /** Refuses what cannot be the shape of {@code image}. */
  void requireImages() throws ProtocolException {
    boolean fits = rank == 1 || (rank == 2 && sizes[1] == 1);
    if (!fits || sizes[0] < 1) {
      throw ProtocolException.invalid(
          "The shape of image is %s: it must be [n] or [n, 1].".formatted(this));
    }
    requireCount();
  }

  /** Refuses what cannot be the shape of {@code input}. */
  void requireNumbers() throws ProtocolException {
    if (rank != MAX_RANK || sizes[1] != 3 || sizes[0] < 1 || sizes[2] < 1 || sizes[3] < 1) {
      throw ProtocolException.invalid(
          "The shape of input is %s: it must be [n, 3, height, width].".formatted(this));
    }
    requireCount();
    if (sizes[2] != side || sizes[3] != side) {
      throw ProtocolException.invalid(
          "The input is %d x %d: %s takes %d x %d."
              .formatted(sizes[2], sizes[3], model, side, side));
    }
  }

  private void requireCount() throws ProtocolException {
    if (sizes[0] > maxImages) {
      throw ProtocolException.invalid(
          "There are %d images: a request may have at most %d.".formatted(sizes[0], maxImages));
    }
  }

  @Override
  public String toString() {
    return Arrays.toString(Arrays.copyOf(sizes, Math.max(0, rank)));
  }
}
