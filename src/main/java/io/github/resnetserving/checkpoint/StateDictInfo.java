package io.github.resnetserving.checkpoint;

import java.util.regex.Pattern;

/**
 * A dictionary of tensors in a weights file.
 *
 * @param name its keys from the outside in, joined by dots; empty for the file's own
 * @param tensors how many tensors it holds
 */
public record StateDictInfo(String name, int tensors) {

  private static final Pattern AVERAGED =
      Pattern.compile("(?i)(?:.*[._-])?(?:ema|averaged?|avg|swa|polyak|shadow)(?:[._-].*)?");

  /** Whether the name tells that the weights are an average over training, as EMA and SWA take. */
  public boolean isAveraged() {
    return namesAnAverage(name);
  }

  /** Whether a name tells of an average over training, such as {@code model_ema}. */
  public static boolean namesAnAverage(String name) {
    return AVERAGED.matcher(name).matches();
  }

  @Override
  public String toString() {
    return "%s (%d tensors)"
        .formatted(name.isEmpty() ? "the file's own" : Printable.of(name), tensors);
  }
}
