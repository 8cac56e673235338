package io.github.resnetserving.evaluation;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
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

  /**
   * The history of a training as a file.
   *
   * @param end when the last epoch ended; the others end as if they had followed without a break
   */
  static byte[] of(List<Epoch> history, Instant end) {
    EventFile events = new EventFile();
    double time = end.toEpochMilli() / 1000.0 - history.stream().mapToDouble(Epoch::seconds).sum();
    events.put(new Message().real(WALL_TIME, time).text(FILE_VERSION, "brain.Event:2"));
    for (Epoch epoch : history) {
      time += epoch.seconds();
      Message summary = new Message();
      epoch
          .values()
          .forEach((tag, value) ->
              summary.bytes(
                  VALUE,
                  new Message().text(TAG, tag).single(SIMPLE_VALUE, value.floatValue()).bytes()));
      events.put(
          new Message()
              .real(WALL_TIME, time)
              .whole(STEP, epoch.number())
              .bytes(SUMMARY, summary.bytes()));
    }
    return events.file.toByteArray();
  }

  /** Length, its checksum, content, its checksum. */
  private void put(Message message) {
    byte[] content = message.bytes();
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

  /** A message of protobuf while it is written. */
  private static final class Message {

    private static final int VARINT = 0; // wire types
    private static final int EIGHT_BYTES = 1;
    private static final int DELIMITED = 2;
    private static final int FOUR_BYTES = 5;

    private final ByteArrayOutputStream content = new ByteArrayOutputStream();

    byte[] bytes() {
      return content.toByteArray();
    }

    Message real(int field, double value) {
      return tag(field, EIGHT_BYTES).raw(buffer(Double.BYTES).putDouble(value).array());
    }

    Message single(int field, float value) {
      return tag(field, FOUR_BYTES).raw(buffer(Float.BYTES).putFloat(value).array());
    }

    Message whole(int field, long value) {
      return tag(field, VARINT).varint(value);
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(UTF_8));
    }

    Message bytes(int field, byte[] value) {
      return tag(field, DELIMITED).varint(value.length).raw(value);
    }

    private Message tag(int field, int type) {
      return varint((field << 3) | type);
    }

    private Message varint(long value) {
      long left = value;
      while (left > 0x7f) { // never negative here
        content.write((int) ((left & 0x7f) | 0x80));
        left >>>= 7;
      }
      content.write((int) left);
      return this;
    }

    private Message raw(byte[] value) {
      content.writeBytes(value);
      return this;
    }

    private static ByteBuffer buffer(int bytes) {
      return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
  }
}
