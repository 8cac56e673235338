package io.github.resnetserving.cli.output;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of the parts of a run that several processes share: a hash of an image's name says whose it
 * is, so that images that come or go move no others.
 *
 * @param index from 0
 * @param count of all shards
 */
public record Shard(int index, int count) {

  private static final Pattern TEXT = Pattern.compile("(\\d{1,5})/(\\d{1,5})");

  /**
   * Reads {@code index/count}.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Shard of(String text) {
    Matcher numbers = TEXT.matcher(text);
    if (numbers.matches()) {
      Shard shard =
          new Shard(Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)));
      if (shard.index < shard.count) {
        return shard;
      }
    }
    throw new IllegalArgumentException(
        "%s is no shard: write I/N, with I from 0 to N-1, such as 0/4".formatted(text));
  }

  /**
   * Whether an image is of this shard: the first eight bytes of its name's SHA-256, as a number
   * without a sign, modulo the number of shards.
   */
  public boolean has(String id) {
    return Long.remainderUnsigned(CompletedIds.hash(id), count) == index;
  }

  /** The shard's own file: {@code photos-00001-of-00004.npy} for {@code photos.npy}. */
  public Path file(Path whole) {
    String name = String.valueOf(whole.getFileName());
    int dot = name.lastIndexOf('.');
    return whole.resolveSibling(
        "%s-%05d-of-%05d%s".formatted(name.substring(0, dot), index, count, name.substring(dot)));
  }

  @Override
  public String toString() {
    return index + "/" + count;
  }
}
