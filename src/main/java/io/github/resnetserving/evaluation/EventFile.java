package io.github.resnetserving.evaluation;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Writes scalars as TensorBoard reads them: records of TFRecord, each of which is a message {@code
 * tensorflow.Event} in protobuf.
 *
 * @see <a href="https://www.tensorflow.org/tutorials/load_data/tfrecord">TFRecord</a>
 * @see <a
 *     href="https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto">event.proto</a>
 */
final class EventFile {

  /** TensorBoard takes any file for its own whose name holds {@code tfevents}. */
  static final String NAME = "events.out.tfevents.report";

  private static final int WALL_TIME = 1; // fields of Event
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int VALUE = 1; // of Summary
  private static final int TAG = 1; // of Summary.Value
  private static final int SIMPLE_VALUE = 2;

  private static final int MASK_DELTA = 0xa282ead8;

  private final ByteArrayOutputStream file = new ByteArrayOutputStream();

  private EventFile() {}

  /** Writes the fields of a message. */
  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  /**
   * The history of a training as a file.
   *
   * @param end when the last epoch ended; the others end as if they had followed without a break
   */
  static byte[] of(List<Epoch> history, Instant end) throws IOException {
    EventFile events = new EventFile();
    double start = end.toEpochMilli() / 1000.0 - history.stream().mapToDouble(Epoch::seconds).sum();
    events.put(
        message(event -> {
          event.writeDouble(WALL_TIME, start);
          event.writeString(FILE_VERSION, "brain.Event:2");
        }));
    double time = start;
    for (Epoch epoch : history) {
      time += epoch.seconds();
      double ended = time;
      byte[] summary = summary(epoch);
      events.put(
          message(event -> {
            event.writeDouble(WALL_TIME, ended);
            event.writeInt64(STEP, epoch.number());
            event.writeByteArray(SUMMARY, summary);
          }));
    }
    return events.file.toByteArray();
  }

  private static byte[] summary(Epoch epoch) throws IOException {
    return message(summary -> {
      for (var scalar : epoch.values().entrySet()) {
        summary.writeByteArray(
            VALUE,
            message(value -> {
              value.writeString(TAG, scalar.getKey());
              value.writeFloat(SIMPLE_VALUE, scalar.getValue().floatValue());
            }));
      }
    });
  }

  private static byte[] message(Fields fields) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    fields.write(out);
    out.flush();
    return bytes.toByteArray();
  }

  /** Length, its checksum, content, its checksum. */
  private void put(byte[] content) {
    ByteBuffer record =
        ByteBuffer.allocate(content.length + 16)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(content.length);
    record.putInt(checksum(record.array(), Long.BYTES)).put(content);
    record.putInt(checksum(content, content.length));
    file.writeBytes(record.array());
  }

  /** CRC-32C, rotated and shifted so that it is no checksum of itself. */
  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
  }
}
