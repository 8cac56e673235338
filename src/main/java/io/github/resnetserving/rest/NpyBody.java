package io.github.resnetserving.rest;

import io.github.resnetserving.rest.FeaturesResponse.FeatureArray;
import io.github.resnetserving.tensor.NpyHeader;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.springframework.http.MediaType;

/**
 * Features of several images as one NumPy array, format version 1.0.
 *
 * @param arrays those of each image, all of one shape, at least one
 * @param half float16 instead of float32
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy
 *     format</a>
 */
record NpyBody(List<FeatureArray> arrays, boolean half) {

  static final MediaType TYPE = new MediaType("application", "x-npy");

  /** Writes the whole answer. */
  void writeTo(HttpServletResponse response) throws IOException {
    byte[] header = header();
    int numbers = arrays.getFirst().values().length;
    response.setContentType(TYPE.toString());
    response.setContentLengthLong(
        header.length + (long) arrays.size() * numbers * (half ? Short.BYTES : Float.BYTES));
    OutputStream out = response.getOutputStream();
    out.write(header);
    for (FeatureArray array : arrays) {
      new FeatureValues.Bytes(array.values(), half).transferTo(out);
    }
  }

  private byte[] header() {
    List<Integer> shape = new ArrayList<>(List.of(arrays.size()));
    shape.addAll(arrays.getFirst().shape());
    return NpyHeader.of(half, shape, /* least= */ 0);
  }
}
