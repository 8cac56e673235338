package io.github.resnetserving.image;

import java.util.EnumSet;
import java.util.Set;

/** What is behind a GIF's first frame, which matters only because the trailer may be missing. */
final class GifEnd {

  private static final int TRAILER = 0x3b;
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2c;
  private static final int FRAME_HEADER = 9;

  private GifEnd() {}

  /**
   * Notes about a file of which the first frame is whole.
   *
   * @param data where that frame's data blocks begin
   * @param padded whether there were bytes between the blocks before it
   */
  static Set<ImageNote> notes(byte[] gif, int data, boolean padded, DecodeRules rules)
      throws ImageException.TooCostly {
    boolean ended = gif[gif.length - 1] == TRAILER || isEnded(gif, data, rules);
    if (ended && !padded) {
      return Set.of(); // nearly all
    }
    Set<ImageNote> notes = EnumSet.noneOf(ImageNote.class);
    if (!ended) {
      notes.add(ImageNote.END_MARKER_MISSING);
    }
    if (padded) {
      notes.add(ImageNote.STRAY_BYTES);
    }
    return notes;
  }

  /** Goes over all blocks up to a trailer that has bytes behind it. */
  private static boolean isEnded(byte[] gif, int data, DecodeRules rules)
      throws ImageException.TooCostly {
    int at = GifBlocks.behind(gif, data, rules);
    while (at < gif.length) {
      switch (gif[at]) {
        case TRAILER -> {
          return true;
        }
        case EXTENSION -> at = GifBlocks.behind(gif, at + 2, rules);
        case IMAGE -> {
          int flags = at + FRAME_HEADER < gif.length ? gif[at + FRAME_HEADER] : 0;
          int palette = (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
          at = GifBlocks.behind(gif, at + FRAME_HEADER + 1 + palette + 1, rules);
        }
        default -> at++;
      }
      rules.spend(1);
    }
    return false;
  }
}
