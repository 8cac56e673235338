package io.github.resnetserving.models.download;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Lets an answer's head through, and so many bytes of its body. */
final class CuttingStream extends FilterOutputStream {

  /** The bytes are used up. */
  static final class Cut extends IOException {

    private static final long serialVersionUID = 1;
  }

  private int left;
  private boolean head = true;

  CuttingStream(OutputStream out, int left) {
    super(out);
    this.left = left;
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    write(bytes, 0, bytes.length);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (head) {
      head = false;
      out.write(bytes, offset, length);
      return;
    }
    out.write(bytes, offset, Math.min(left, length));
    left -= length;
    if (left < 0) {
      out.flush();
      throw new Cut();
    }
  }
}
