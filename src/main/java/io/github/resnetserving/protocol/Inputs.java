package io.github.resnetserving.protocol;

import io.github.resnetserving.model.NormalizedPicture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Checks tensors that came against what the models take. Without state. */
final class Inputs {

  /** Encoded pictures. */
  static final String IMAGE = "image";

  /** Standardised numbers. */
  static final String INPUT = "input";

  private Inputs() {}

  /** What the elements of an input with this name are; refuses every other name and datatype. */
  static void requireKnown(String name, String datatype) throws ProtocolException {
    String wanted =
        switch (name) {
          case IMAGE -> "BYTES";
          case INPUT -> "FP32";
          default ->
              throw ProtocolException.invalid(
                  "There is no input %s. Send image (BYTES) or input (FP32).".formatted(name));
        };
    if (!datatype.equals(wanted)) {
      throw ProtocolException.invalid(
          "The datatype of %s is %s: it must be %s.".formatted(name, datatype, wanted));
    }
  }

  /**
   * @param shape (n) or (n, 1)
   */
  static InferenceCall.Input images(List<Long> shape, List<byte[]> encoded, int most)
      throws ProtocolException {
    boolean fits = shape.size() == 1 || (shape.size() == 2 && shape.get(1) == 1);
    if (!fits || shape.getFirst() < 1) {
      throw ProtocolException.invalid(
          "The shape of image is %s: it must be [n] or [n, 1].".formatted(shape));
    }
    requireCount(shape.getFirst(), most);
    if (shape.getFirst() != encoded.size()) {
      throw ProtocolException.invalid(
          "The shape of image is %s, but it has %d elements.".formatted(shape, encoded.size()));
    }
    return new InferenceCall.Input.Images(encoded);
  }

  /**
   * @param shape (n, 3, height, width)
   */
  static InferenceCall.Input numbers(List<Long> shape, float[] numbers, int most)
      throws ProtocolException {
    if (shape.size() != 4
        || shape.get(1) != 3
        || shape.stream().anyMatch(size -> size < 1 || size > Short.MAX_VALUE)) {
      throw ProtocolException.invalid(
          "The shape of input is %s: it must be [n, 3, height, width].".formatted(shape));
    }
    requireCount(shape.getFirst(), most);
    int count = Math.toIntExact(shape.getFirst());
    int height = Math.toIntExact(shape.get(2));
    int width = Math.toIntExact(shape.get(3));
    long each = 3L * height * width;
    if (numbers.length != count * each) {
      throw ProtocolException.invalid(
          "The shape of input is %s, but it has %d elements.".formatted(shape, numbers.length));
    }
    List<NormalizedPicture> pictures = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int from = Math.toIntExact(i * each);
      pictures.add(
          new NormalizedPicture(
              height, width, Arrays.copyOfRange(numbers, from, Math.toIntExact(from + each))));
    }
    return new InferenceCall.Input.Numbers(pictures);
  }

  private static void requireCount(long count, int most) throws ProtocolException {
    if (count > most) {
      throw ProtocolException.invalid(
          "There are %d images: a request may have at most %d.".formatted(count, most));
    }
  }
}
