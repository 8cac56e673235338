package io.github.resnetserving.training;

import io.github.resnetserving.training.DataSource.Example;
import io.github.resnetserving.training.DataSource.Part;
import io.github.resnetserving.training.FileTree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The binary files of CIFAR-10 and CIFAR-100: for each image one byte of label, or two of which the
 * second counts, then 1,024 bytes each of red, green and blue.
 *
 * @see <a href="https://www.cs.toronto.edu/~kriz/cifar.html">CIFAR, binary version</a>
 */
final class CifarBinary {

  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;
  private static final int IMAGE = 3 * PLANE;
  private static final int BMP_HEADER = 54;
  private static final Pattern TEN =
      Pattern.compile("(?:.*/)?(?:data_batch_\\d+|(test)_batch)\\.bin");
  private static final Pattern HUNDRED = Pattern.compile("(?:.*/)?(?:train|(test))\\.bin");
  private static final Pattern NAMES =
      Pattern.compile("(?:.*/)?(?:batches\\.meta|fine_label_names)\\.txt");
  private static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private final Pattern files;
  private final int labelBytes;
  private final FileTree tree;

  private CifarBinary(Pattern files, int labelBytes, FileTree tree) {
    this.files = files;
    this.labelBytes = labelBytes;
    this.tree = tree;
  }

  /** The data set that is among files, if it is. */
  static Optional<CifarBinary> find(FileTree tree) {
    if (tree.entries().stream().anyMatch(entry -> TEN.matcher(entry.name()).matches())) {
      return Optional.of(new CifarBinary(TEN, 1, tree));
    }
    if (tree.entries().stream().anyMatch(entry -> HUNDRED.matcher(entry.name()).matches())) {
      return Optional.of(new CifarBinary(HUNDRED, 2, tree));
    }
    return Optional.empty();
  }

  /** The classes' names, from their file where it is there. */
  List<String> classes() throws IOException {
    for (Entry entry : tree.entries()) {
      if (NAMES.matcher(entry.name()).matches()) {
        return new String(entry.read(), StandardCharsets.UTF_8)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
      }
    }
    if (labelBytes == 2) {
      throw new IOException("fine_label_names.txt is not there: it has the names of the classes");
    }
    return CLASSES;
  }

  /** Every image, file by file. */
  List<Example> examples(int classes) throws IOException {
    List<Example> examples = new ArrayList<>();
    int record = labelBytes + IMAGE;
    for (Entry entry : tree.entries()) {
      var name = files.matcher(entry.name());
      if (!name.matches()) {
        continue;
      }
      if (entry.length() == 0 || entry.length() % record != 0) {
        throw new IOException(
            "%s has %d bytes, which is no multiple of %d: it is truncated"
                .formatted(entry.name(), entry.length(), record));
      }
      Part part = name.group(1) == null ? Part.TRAINING : Part.TEST;
      byte[] bytes = entry.read(); // 30 MB, for the labels
      for (int at = 0; at < bytes.length; at += record) {
        int label = bytes[at + labelBytes - 1];
        if (label < 0 || label >= classes) {
          throw new IOException(
              "%s has label %d at byte %d: there are %d classes"
                  .formatted(entry.name(), label, at + labelBytes - 1, classes));
        }
        Entry image =
            entry.part("%s image %d".formatted(entry.name(), at / record), at + labelBytes, IMAGE);
        examples.add(new Example(image, /* planes= */ true, label, part));
      }
    }
    return examples;
  }

  /** An image as a BMP, which loses nothing and is read as any other file. */
  static byte[] bmp(byte[] planes) {
    ByteBuffer bmp = ByteBuffer.allocate(BMP_HEADER + IMAGE).order(ByteOrder.LITTLE_ENDIAN);
    bmp.put((byte) 'B').put((byte) 'M').putInt(BMP_HEADER + IMAGE).putInt(0).putInt(BMP_HEADER);
    bmp.putInt(40).putInt(SIDE).putInt(SIDE).putShort((short) 1).putShort((short) 24);
    bmp.putInt(0).putInt(IMAGE).putInt(0).putInt(0).putInt(0).putInt(0);
    for (int y = SIDE - 1; y >= 0; y--) { // rows from the lowest, blue first
      for (int x = 0; x < SIDE; x++) {
        int at = y * SIDE + x;
        bmp.put(planes[2 * PLANE + at]).put(planes[PLANE + at]).put(planes[at]);
      }
    }
    return bmp.array();
  }
}
