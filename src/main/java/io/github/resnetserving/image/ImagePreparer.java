package io.github.resnetserving.image;

import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import java.util.concurrent.CancellationException;

/** Turns encoded images into crops. Implementations are thread-safe. */
@FunctionalInterface
public interface ImagePreparer {

  /**
   * Decodes, resizes and crops one image, and blocks until that is done.
   *
   * @param encoded the whole file; not modified
   * @param listener hears how far it is
   * @throws ImageException the bytes cannot be used
   * @throws CancellationException the listener gave the image up
   * @throws DecoderUnavailableException the decoder of this format cannot be run at present
   */
  PreparedImage prepare(
      byte[] encoded, Preprocessing preprocessing, CropMode view, PreparationListener listener)
      throws ImageException;

  /**
   * Whether the image's format is a rare one. Rare formats have decoders that cannot be told to
   * stop, so their images are to wait in a queue of their own and not before images of others.
   *
   * @param encoded may be in no known format, which is no rare one
   */
  default boolean isRare(byte[] encoded) {
    return false;
  }

  /**
   * The decoder that an image needs cannot be run at present, for a reason that lies in this
   * machine. The message is for the client and has no internals.
   */
  final class DecoderUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public DecoderUnavailableException(String message) {
      super(message);
    }
  }
}
