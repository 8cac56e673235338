package io.github.resnetserving.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.imageio.IIOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * The bytes of a file for TwelveMonkeys' reader of WebP, whose reader of bits looks eight bytes
 * ahead. Where the file ends it gives the last bytes again and again, so that a few bytes stand for
 * any number of tables and transforms. For it, which alone reads longs and signed bytes, zeros
 * follow the file's bytes, and then an exception that it does not pass over. All other reading ends
 * with the file. Not thread-safe.
 */
final class FiniteInput extends ImageInputStreamImpl {

  private static final int AHEAD = Long.BYTES;

  private final byte[] bytes;

  FiniteInput(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public long readLong() throws IOException {
    if (streamPos <= bytes.length - AHEAD) {
      return super.readLong();
    }
    int from = (int) pass(AHEAD);
    return ByteBuffer.wrap(Arrays.copyOfRange(bytes, from, from + AHEAD))
        .order(getByteOrder())
        .getLong();
  }

  @Override
  public byte readByte() throws IOException {
    if (streamPos < bytes.length) {
      return super.readByte();
    }
    pass(1);
    return 0;
  }

  /** Passes over so many bytes, of which some are behind the end, and returns where they begin. */
  private long pass(int count) throws IIOException {
    if (streamPos > bytes.length + AHEAD - count) {
      throw new IIOException("the data end too early");
    }
    bitOffset = 0;
    streamPos += count;
    return streamPos - count;
  }

  @Override
  public int read() {
    bitOffset = 0;
    return streamPos < bytes.length ? bytes[(int) streamPos++] & 0xff : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) {
    bitOffset = 0;
    if (streamPos >= bytes.length) {
      return length == 0 ? 0 : -1;
    }
    int count = (int) Math.min(length, bytes.length - streamPos);
    System.arraycopy(bytes, (int) streamPos, into, offset, count);
    streamPos += count;
    return count;
  }

  @Override
  public long length() {
    return bytes.length;
  }
}
