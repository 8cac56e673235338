package io.github.resnetserving.image;

/**
 * An {@link ImageException} as a value that can be sent to another process.
 *
 * @param message complete, for the client
 */
public record ImageFailure(Kind kind, String message) {

  /** Which exception it is. */
  public enum Kind {
    /** {@link UnsupportedImageException}. */
    UNSUPPORTED,
    /** {@link UnreadableImageException}. */
    UNREADABLE,
    /** {@link TooManyPixelsException}. */
    TOO_MANY_PIXELS,
    /** {@link ImageTooCostlyException}. */
    TOO_COSTLY
  }

  /** The exception without its cause. */
  public static ImageFailure of(ImageException e) {
    Kind kind =
        switch (e) {
          case UnsupportedImageException _ -> Kind.UNSUPPORTED;
          case UnreadableImageException _ -> Kind.UNREADABLE;
          case TooManyPixelsException _ -> Kind.TOO_MANY_PIXELS;
          case ImageTooCostlyException _ -> Kind.TOO_COSTLY;
        };
    return new ImageFailure(kind, String.valueOf(e.getMessage()));
  }

  /** An exception of the same kind with the same message. */
  public ImageException toException() {
    return switch (kind) {
      case UNSUPPORTED -> new UnsupportedImageException(this);
      case UNREADABLE -> new UnreadableImageException(this);
      case TOO_MANY_PIXELS -> new TooManyPixelsException(this);
      case TOO_COSTLY -> new ImageTooCostlyException(this);
    };
  }
}
