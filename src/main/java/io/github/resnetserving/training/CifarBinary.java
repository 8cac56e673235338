package io.github.resnetserving.training;

import io.github.resnetserving.models.Preprocessing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;

/** CIFAR-10's binary batches: a byte of label, then 1,024 bytes each of red, green and blue. */
final class CifarBinary {

  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;
  private static final int RECORD = 1 + 3 * PLANE;
  private static final List<String> NAMES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private CifarBinary() {}

  /**
   * Reads batches in the order of their names.
   *
   * @param names the file of class names, or none
   */
  static ImageSet read(
      NavigableMap<String, byte[]> batches,
      NavigableMap<String, byte[]> names,
      Preprocessing target)
      throws IOException {
    if (target.resize() != SIDE || target.crop() != SIDE) {
      throw new IOException(
          "CIFAR-10's binary files hold images of 32 pixels: they cannot be trained at %d"
              .formatted(target.crop()));
    }
    List<byte[]> images = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    List<String> classes = names.isEmpty() ? NAMES : names(names.firstEntry().getValue());
    for (Map.Entry<String, byte[]> batch : batches.entrySet()) {
      byte[] bytes = batch.getValue();
      if (bytes.length == 0 || bytes.length % RECORD != 0) {
        throw new IOException(
            "%s has %d bytes, which is no multiple of %d: it is truncated"
                .formatted(batch.getKey(), bytes.length, RECORD));
      }
      for (int at = 0; at < bytes.length; at += RECORD) {
        if (bytes[at] < 0 || bytes[at] >= classes.size()) {
          throw new IOException(
              "%s has label %d at byte %d: there are %d classes"
                  .formatted(batch.getKey(), bytes[at], at, classes.size()));
        }
        labels.add((int) bytes[at]);
        images.add(interleaved(bytes, at + 1));
      }
    }
    return new ImageSet(SIDE, images, labels, classes);
  }

  private static List<String> names(byte[] text) {
    return new String(text, StandardCharsets.UTF_8)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .toList();
  }

  private static byte[] interleaved(byte[] planes, int from) {
    byte[] rgb = new byte[3 * PLANE];
    for (int i = 0; i < PLANE; i++) {
      for (int c = 0; c < 3; c++) {
        rgb[3 * i + c] = planes[from + c * PLANE + i];
      }
    }
    return rgb;
  }
}
