package io.github.resnetserving.graph;

import io.github.resnetserving.graph.ArchitectureOptions.BlockKind;
import io.github.resnetserving.graph.ArchitectureOptions.Shortcut;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A small network and the numbers that PyTorch computed with it; {@code networks/make.py} tells
 * how.
 *
 * @param name of the architecture
 */
public record NetworkFamily(String name, ArchitectureOptions options) {

  /** Side of the images in pixels. */
  public static final int SIDE = 32;

  public static final int CLASSES = 10;

  private static final Path FOLDER = Path.of("src/test/resources/networks");

  /**
   * Every kind of block with every kind of shortcut, basic and bottleneck, and some with a pool.
   */
  public static List<NetworkFamily> all() {
    List<NetworkFamily> all = new ArrayList<>();
    for (Shortcut shortcut : Shortcut.values()) {
      for (BlockKind block : List.of(BlockKind.V1_5, BlockKind.V2, BlockKind.SUM_NORM)) {
        all.add(of("cifar-resnet14", shortcut, block, 1));
      }
      for (BlockKind block : List.of(BlockKind.V1, BlockKind.V1_5, BlockKind.V2)) {
        all.add(of("cifar-resnet20-bottleneck", shortcut, block, 1));
      }
    }
    all.add(of("cifar-resnet14", Shortcut.B, BlockKind.V2, 2));
    all.add(of("cifar-resnet20-bottleneck", Shortcut.A, BlockKind.V1_5, 1.5));
    all.add(of("resnet18", Shortcut.B, BlockKind.V2, 1));
    all.add(of("resnet18", Shortcut.C, BlockKind.SUM_NORM, 1));
    all.add(of("resnet50", Shortcut.A, BlockKind.V1, 1));
    return all;
  }

  private static NetworkFamily of(String name, Shortcut shortcut, BlockKind block, double width) {
    return new NetworkFamily(name, new ArchitectureOptions(shortcut, block, width));
  }

  public Topology topology() {
    return Architecture.named(name, CLASSES, options);
  }

  /** Images as (n, side, side, 3) bytes. */
  public static byte[] images(int count) {
    return images(count, SIDE);
  }

  /** Images as (n, side, side, 3) bytes. */
  public static byte[] images(int count, int side) {
    byte[] bytes = new byte[count * side * side * 3];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ((((long) i * i * i + 7L * i) * 2654435761L) >>> 24);
    }
    return bytes;
  }

  /** PyTorch's numbers by their names: {@code logits0}, {@code loss}, and tensors. */
  public Map<String, double[]> expected() throws IOException {
    String width = options.width() == (long) options.width() ? "%.0f" : "%s";
    String file =
        "%s-%s-%s-%s.csv"
            .formatted(name, options.shortcut(), options.block(), width.formatted(options.width()));
    Map<String, double[]> numbers = new LinkedHashMap<>();
    for (String line : Files.readAllLines(FOLDER.resolve(file))) {
      String[] fields = line.split(",", -1);
      numbers.put(
          fields[0], Arrays.stream(fields).skip(1).mapToDouble(Double::parseDouble).toArray());
    }
    return numbers;
  }

  /** The numbers of a name. */
  public double[] expected(String of) throws IOException {
    return Objects.requireNonNull(expected().get(of), of);
  }

  @Override
  public String toString() {
    return "%s %s %s x%s".formatted(name, options.shortcut(), options.block(), options.width());
  }
}
