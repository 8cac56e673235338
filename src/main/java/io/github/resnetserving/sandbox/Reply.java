package io.github.resnetserving.sandbox;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImageNote;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.github.resnetserving.tensor.CropGeometry;
import io.github.resnetserving.tensor.CropGeometry.Region;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the helper says to the service: a byte that says which, then its content, big-endian. The
 * reader trusts nothing of it: every length is bounded before anything is allocated.
 */
sealed interface Reply {

  /** Changes with every change of {@link Request} or this. */
  int VERSION = 2;

  /**
   * It has started.
   *
   * @param confinement what holds it in, for people
   */
  record Started(int version, String confinement) implements Reply {}

  /** The image claims so many pixels; the helper waits for leave to decode them. */
  record Size(long pixels) implements Reply {}

  /** The image is decoded; its resize follows. */
  record Decoded() implements Reply {}

  /** The crops are there. */
  record Prepared(PreparedImage image) implements Reply {}

  /** The image cannot be used. */
  record Failed(ImageException.Kind kind, String message) implements Reply {}

  /** The image was given up when there was no room for it. */
  record GivenUp() implements Reply {}

  byte STARTED = 's';
  byte SIZE = 'p';
  byte DECODED = 'd';
  byte PREPARED = 'c';
  byte FAILED = 'f';
  byte GIVEN_UP = 'g';

  /** Pixels of a preview at most, which has a long edge of 1,024. */
  int LARGEST_PREVIEW = 1024 * 1024;

  int MOST_CROPS = 10;

  /** Writes this reply and flushes. */
  default void write(DataOutputStream out) throws IOException {
    switch (this) {
      case Started(int version, String confinement) -> {
        out.writeByte(STARTED);
        out.writeInt(version);
        out.writeUTF(confinement);
      }
      case Size(long pixels) -> {
        out.writeByte(SIZE);
        out.writeLong(pixels);
      }
      case Decoded() -> out.writeByte(DECODED);
      case Prepared(PreparedImage image) -> {
        out.writeByte(PREPARED);
        write(image, out);
      }
      case Failed(ImageException.Kind kind, String message) -> {
        out.writeByte(FAILED);
        out.writeUTF(kind.name());
        out.writeUTF(message);
      }
      case GivenUp() -> out.writeByte(GIVEN_UP);
    }
    out.flush();
  }

  private static void write(PreparedImage image, DataOutputStream out) throws IOException {
    ImageInfo info = image.info();
    out.writeUTF(info.format());
    out.writeInt(info.width());
    out.writeInt(info.height());
    out.writeByte(info.notes().size());
    for (ImageNote note : info.notes()) {
      out.writeUTF(note.name());
    }
    Optional<CropGeometry> surroundings = Optional.ofNullable(image.surroundings());
    out.writeBoolean(surroundings.isPresent());
    if (surroundings.isPresent()) {
      Region crop = surroundings.get().crop();
      out.writeDouble(crop.left());
      out.writeDouble(crop.top());
      out.writeDouble(crop.width());
      out.writeDouble(crop.height());
      Optional<Pixels> preview = Optional.ofNullable(surroundings.get().preview());
      out.writeBoolean(preview.isPresent());
      if (preview.isPresent()) {
        write(preview.get(), out);
      }
    }
    out.writeByte(image.crops().size());
    for (Pixels crop : image.crops()) {
      write(crop, out);
    }
  }

  private static void write(Pixels pixels, DataOutputStream out) throws IOException {
    out.writeInt(pixels.height());
    out.writeInt(pixels.width());
    out.write(pixels.rgb());
  }

  /**
   * Reads the next reply.
   *
   * @param side of a crop that is expected; 0 where none is
   * @throws EOFException there is none any more
   * @throws IOException it is no reply, or one that no helper of ours gives
   */
  static Reply read(DataInputStream in, int side) throws IOException {
    byte kind = in.readByte();
    return switch (kind) {
      case STARTED -> new Started(in.readInt(), in.readUTF());
      case SIZE -> new Size(in.readLong());
      case DECODED -> new Decoded();
      case PREPARED -> new Prepared(readImage(in, side));
      case FAILED -> new Failed(readKind(in), in.readUTF());
      case GIVEN_UP -> new GivenUp();
      default -> throw new BadReplyException("no reply begins with %d".formatted(kind));
    };
  }

  private static ImageException.Kind readKind(DataInputStream in) throws IOException {
    String name = in.readUTF();
    try {
      return ImageException.Kind.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new BadReplyException("there is no failure " + name);
    }
  }

  private static Set<ImageNote> readNotes(DataInputStream in) throws IOException {
    Set<ImageNote> notes = EnumSet.noneOf(ImageNote.class);
    for (int left = in.readUnsignedByte(); left > 0; left--) {
      String name = in.readUTF();
      try {
        notes.add(ImageNote.valueOf(name));
      } catch (IllegalArgumentException e) {
        throw new BadReplyException("there is no note " + name);
      }
    }
    return notes;
  }

  private static PreparedImage readImage(DataInputStream in, int side) throws IOException {
    ImageInfo info = new ImageInfo(in.readUTF(), in.readInt(), in.readInt(), readNotes(in));
    require(info.width() > 0, "width", info.width());
    require(info.height() > 0, "height", info.height());
    CropGeometry surroundings = in.readBoolean() ? readSurroundings(in) : null;
    int count = in.readUnsignedByte();
    require(count >= 1 && count <= MOST_CROPS, "number of crops", count);
    List<Pixels> crops = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int height = in.readInt();
      int width = in.readInt();
      require(height == side, "height of a crop", height);
      require(width == side, "width of a crop", width);
      crops.add(readPixels(in, height, width));
    }
    return new PreparedImage(crops, info, surroundings);
  }

  private static CropGeometry readSurroundings(DataInputStream in) throws IOException {
    Region crop = new Region(in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble());
    @Nullable Pixels preview = null;
    if (in.readBoolean()) {
      int height = in.readInt();
      int width = in.readInt();
      require(height > 0, "height of a preview", height);
      require(width > 0 && width <= LARGEST_PREVIEW / height, "width of a preview", width);
      preview = readPixels(in, height, width);
    }
    return new CropGeometry(crop, preview);
  }

  private static Pixels readPixels(DataInputStream in, int height, int width) throws IOException {
    byte[] rgb = new byte[height * width * 3];
    in.readFully(rgb);
    return new Pixels(height, width, rgb);
  }

  private static void require(boolean holds, String what, int value) throws IOException {
    if (!holds) {
      throw new BadReplyException("the %s is %d".formatted(what, value));
    }
  }

  /** A helper wrote what no helper of ours writes. */
  final class BadReplyException extends IOException {

    private static final long serialVersionUID = 1;

    BadReplyException(String message) {
      super(message);
    }
  }
}
