package io.github.resnetserving.grpc;

import io.grpc.Codec;
import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Messages that come compressed, by gzip or deflate. They are decompressed by the thread that reads
 * them, from their first byte on: the library's own gzip reads its header on the transport's thread
 * and ends a broken one with UNKNOWN and a stack trace in the log. Without state.
 */
final class Decompression {

  private Decompression() {}

  static DecompressorRegistry registry() {
    return DecompressorRegistry.emptyInstance()
        .with(Codec.Identity.NONE, /* advertised= */ false)
        .with(new Lazy("gzip", GZIPInputStream::new), /* advertised= */ true)
        .with(new Lazy("deflate", InflaterInputStream::new), /* advertised= */ true);
  }

  @FunctionalInterface
  private interface Opener {

    InputStream open(InputStream compressed) throws IOException;
  }

  private record Lazy(String encoding, Opener opener) implements Decompressor {

    @Override
    public String getMessageEncoding() {
      return encoding;
    }

    @Override
    public InputStream decompress(InputStream compressed) {
      return new LazyStream(compressed, opener);
    }
  }

  /** Opened by the first read. */
  private static final class LazyStream extends InputStream {

    private final InputStream compressed;
    private final Opener opener;
    private @Nullable InputStream opened;

    LazyStream(InputStream compressed, Opener opener) {
      this.compressed = compressed;
      this.opener = opener;
    }

    private InputStream opened() throws IOException {
      if (opened == null) {
        opened = opener.open(compressed);
      }
      return opened;
    }

    @Override
    public int read() throws IOException {
      return opened().read();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return opened().read(into, offset, length);
    }

    @Override
    public void close() throws IOException {
      if (opened != null) {
        opened.close(); // frees the decompressor's native memory, too
      } else {
        compressed.close();
      }
    }
  }
}
