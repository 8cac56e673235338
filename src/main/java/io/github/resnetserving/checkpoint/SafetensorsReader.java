package io.github.resnetserving.checkpoint;

import io.github.resnetserving.checkpoint.Checkpoint.Contents;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Reads safetensors: the header's length in 8 bytes, a header in JSON, then the elements of all
 * tensors without gap or overlap.
 *
 * <p>Source: the safetensors format description (github.com/huggingface/safetensors, "Format").
 */
final class SafetensorsReader {

  static final long MAX_HEADER = 100_000_000;

  private static final int LENGTH_BYTES = 8;

  private SafetensorsReader() {}

  static Contents read(MemorySegment file) throws WeightsException {
    long length = file.get(Cursor.LONG, 0);
    if (length < 0 || length > MAX_HEADER) {
      throw new WeightsException(
          ("it claims a safetensors header of %s bytes, more than the format's"
                  + " %d: the file is damaged or no safetensors")
              .formatted(Long.toUnsignedString(length), MAX_HEADER));
    }
    if (length > file.byteSize() - LENGTH_BYTES) {
      throw new WeightsException(
          ("the file is truncated: its safetensors header has %d bytes, but only"
                  + " %d follow; fetch the file again")
              .formatted(length, file.byteSize() - LENGTH_BYTES));
    }
    SafetensorsHeader header = SafetensorsHeader.parse(file.asSlice(LENGTH_BYTES, length));
    MemorySegment data = file.asSlice(LENGTH_BYTES + length);
    for (SafetensorsHeader.Entry entry : header.entries()) {
      requireSpanToFitShape(entry);
    }
    requireNoGapOrOverlap(header.entries(), data.byteSize());
    return Contents.plain(tensors(header.entries(), data), header.metadata());
  }

  private static void requireSpanToFitShape(SafetensorsHeader.Entry entry) throws WeightsException {
    long span = entry.end() - entry.begin();
    int bytes = entry.dtype().bytes();
    long count = layout(entry, Long.MAX_VALUE).count();
    if (span != count * bytes) {
      throw in(
          entry,
          "its data_offsets span %d bytes, but its shape %s of %s takes %d: the file is damaged"
              .formatted(span, entry.shape(), entry.dtype(), count * bytes));
    }
  }

  private static void requireNoGapOrOverlap(List<SafetensorsHeader.Entry> entries, long available)
      throws WeightsException {
    var inOrder = new ArrayList<>(entries);
    inOrder.sort(
        Comparator.comparingLong(SafetensorsHeader.Entry::begin)
            .thenComparingLong(SafetensorsHeader.Entry::end));
    long expected = 0;
    for (SafetensorsHeader.Entry entry : inOrder) {
      if (entry.begin() != expected) {
        throw in(
            entry,
            ("its data begin at byte %d of the data where %d is expected: there"
                    + " is %s; the file is damaged")
                .formatted(
                    entry.begin(), expected, entry.begin() < expected ? "an overlap" : "a gap"));
      }
      expected = entry.end();
    }
    if (expected > available) {
      throw new WeightsException(
          ("the file is truncated: its tensors take %d bytes, but only %d are"
                  + " there; fetch the file again")
              .formatted(expected, available));
    }
    if (expected < available) {
      throw new WeightsException(
          "%d bytes follow its last tensor, which belong to none: the file is damaged"
              .formatted(available - expected));
    }
  }

  private static SequencedMap<String, Tensor> tensors(
      List<SafetensorsHeader.Entry> entries, MemorySegment data) throws WeightsException {
    var tensors = new LinkedHashMap<String, Tensor>();
    for (SafetensorsHeader.Entry entry : entries) {
      MemorySegment storage = data.asSlice(entry.begin(), entry.end() - entry.begin());
      Layout layout = layout(entry, storage.byteSize() / entry.dtype().bytes());
      tensors.put(entry.name(), new Tensor(entry.name(), entry.dtype(), layout, storage));
    }
    if (tensors.isEmpty()) {
      throw new WeightsException("it holds no tensors: save model.state_dict()");
    }
    return tensors;
  }

  private static Layout layout(SafetensorsHeader.Entry entry, long available)
      throws WeightsException {
    try {
      long[] shape = entry.shape().stream().mapToLong(Long::longValue).toArray();
      return Layout.rowMajor(shape, available);
    } catch (WeightsException e) {
      throw e.in("tensor " + Printable.of(entry.name()));
    }
  }

  private static WeightsException in(SafetensorsHeader.Entry entry, String finding) {
    return new WeightsException("tensor %s: %s".formatted(Printable.of(entry.name()), finding));
  }
}
