package io.github.resnetserving.sandbox;

import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;

/** What the service asks of the helper: a byte that says which, then its content, big-endian. */
sealed interface Request {

  /**
   * An image to be prepared.
   *
   * @param preprocessing whose normalization is not sent: it has no part in preparing
   */
  @SuppressWarnings("ArrayRecordComponent") // copying it would be its cost
  record Image(byte[] encoded, Preprocessing preprocessing, CropMode view) implements Request {}

  /** There is room for the pixels that the helper named. */
  record Proceed() implements Request {}

  /** There is no room for them, and the image is no longer wanted. */
  record GiveUp() implements Request {}

  byte IMAGE = 'I';
  byte PROCEED = 'P';
  byte GIVE_UP = 'G';

  /** Writes this request and flushes. */
  default void write(DataOutputStream out) throws IOException {
    switch (this) {
      case Image(byte[] encoded, Preprocessing preprocessing, CropMode view) -> {
        out.writeByte(IMAGE);
        out.writeInt(preprocessing.resize());
        out.writeInt(preprocessing.crop());
        out.writeUTF(preprocessing.interpolation().name());
        out.writeUTF(view.name());
        out.writeInt(encoded.length);
        out.write(encoded);
      }
      case Proceed() -> out.writeByte(PROCEED);
      case GiveUp() -> out.writeByte(GIVE_UP);
    }
    out.flush();
  }

  /**
   * Reads the next request.
   *
   * @param longest bytes of an image at most
   * @throws EOFException there is none any more
   */
  static Request read(DataInputStream in, int longest) throws IOException {
    byte kind = in.readByte();
    return switch (kind) {
      case IMAGE -> {
        int resize = in.readInt();
        int crop = in.readInt();
        Interpolation interpolation = Interpolation.valueOf(in.readUTF());
        CropMode view = CropMode.valueOf(in.readUTF());
        int length = in.readInt();
        if (length < 0 || length > longest) {
          throw new IOException("an image of %d bytes".formatted(length));
        }
        byte[] encoded = new byte[length];
        in.readFully(encoded);
        yield new Image(
            encoded, new Preprocessing(resize, interpolation, crop, Normalization.IMAGENET), view);
      }
      case PROCEED -> new Proceed();
      case GIVE_UP -> new GiveUp();
      default -> throw new IOException("no request begins with %d".formatted(kind));
    };
  }
}
