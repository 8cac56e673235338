package io.github.resnetserving.openinference;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of a Protocol Buffers message one after the other from its bytes, and passes
 * over those that are not known. Texts are bounded. Used by one thread.
 */
final class WireReader {

  private static final int LONGEST_TEXT = 1_024;

  /** Reads what lies between the beginning or a message's length and its end. */
  @FunctionalInterface
  interface FieldReader {

    /**
     * Reads the value of the field with this tag.
     *
     * @return whether the field is known: else nothing of it was read
     */
    boolean read(int tag) throws IOException, ProtocolException;
  }

  /** Reads one of the numbers of a packed field. */
  @FunctionalInterface
  interface NumberReader {

    void read() throws IOException, ProtocolException;
  }

  private final byte[] message;
  private final String type;
  private CodedInputStream in;

  /**
   * @param message not copied
   * @param type the message's name, for what is said of one that cannot be read
   */
  WireReader(byte[] message, String type) {
    this.message = message;
    this.type = type;
    this.in = CodedInputStream.newInstance(message);
  }

  /** How many bytes the message has. */
  int size() {
    return message.length;
  }

  /** Reads the whole message from its beginning. */
  void readAll(FieldReader reader) throws ProtocolException {
    in = CodedInputStream.newInstance(message);
    try {
      int _ = in.pushLimit(message.length); // so that no field claims more
      readFields(reader);
    } catch (InvalidProtocolBufferException e) {
      throw ProtocolException.invalid(
          "The message is no %s: %s"
              .formatted(type, ProtocolException.clipped(String.valueOf(e.getMessage()))));
    } catch (IOException e) {
      throw new IllegalStateException("bytes in memory are always there", e);
    }
  }

  /** Reads a message that is a field's value. */
  void readMessage(FieldReader reader) throws IOException, ProtocolException {
    int outer = in.pushLimit(in.readUInt32());
    readFields(reader);
    in.popLimit(outer);
  }

  /** Reads numbers that are a field's value together. */
  void readPacked(NumberReader reader) throws IOException, ProtocolException {
    int outer = in.pushLimit(in.readUInt32());
    while (in.getBytesUntilLimit() > 0) {
      reader.read();
    }
    in.popLimit(outer);
  }

  long int64() throws IOException {
    return in.readInt64();
  }

  int uint32() throws IOException {
    return in.readUInt32();
  }

  float float32() throws IOException {
    return in.readFloat();
  }

  /** The bytes of a field, which are not copied. */
  ByteBuffer bytes() throws IOException {
    int size = in.readUInt32();
    int from = in.getTotalBytesRead();
    in.skipRawBytes(size); // fails if there are fewer
    return ByteBuffer.wrap(message, from, size);
  }

  /**
   * A field's text.
   *
   * @param what names the field in a refusal
   */
  String text(String what) throws IOException, ProtocolException {
    return text(bytes(), what);
  }

  /** The text that these bytes of a field are; it is refused where there are none. */
  static String text(@Nullable ByteBuffer text, String what) throws ProtocolException {
    if (text == null) {
      throw ProtocolException.invalid("%s must be text.".formatted(what));
    }
    if (text.remaining() > LONGEST_TEXT) {
      throw ProtocolException.invalid(
          "%s has %d bytes: it may have at most %d."
              .formatted(what, text.remaining(), LONGEST_TEXT));
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(text).toString();
    } catch (CharacterCodingException e) {
      throw ProtocolException.invalid("%s is not UTF-8.".formatted(what));
    }
  }

  private void readFields(FieldReader reader) throws IOException, ProtocolException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (!reader.read(tag)) {
        var _ = in.skipField(tag); // false for a group's end, which the next tag fails on
      }
    }
  }
}
