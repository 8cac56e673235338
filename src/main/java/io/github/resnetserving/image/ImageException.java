package io.github.resnetserving.image;

import org.jspecify.annotations.Nullable;

/** Why an image was refused. Messages are for the person who sent it: what is wrong, what to do. */
public abstract sealed class ImageException extends Exception {

  /** What is wrong, in a form that can be sent to another process. */
  public enum Kind {
    UNSUPPORTED,
    UNREADABLE,
    TOO_MANY_PIXELS,
    TOO_COSTLY
  }

  private ImageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Makes the exception that another process had. */
  public static ImageException of(Kind kind, String message) {
    return switch (kind) {
      case UNSUPPORTED -> new Unsupported(message, "");
      case UNREADABLE -> new Unreadable(message, "", null);
      case TOO_MANY_PIXELS -> new TooManyPixels(message, "");
      case TOO_COSTLY -> new TooCostly(message, "");
    };
  }

  public final Kind kind() {
    return switch (this) {
      case Unsupported _ -> Kind.UNSUPPORTED;
      case Unreadable _ -> Kind.UNREADABLE;
      case TooManyPixels _ -> Kind.TOO_MANY_PIXELS;
      case TooCostly _ -> Kind.TOO_COSTLY;
    };
  }

  /** The bytes are in no format that is read, or in a variant of one that no decoder here reads. */
  public static final class Unsupported extends ImageException {

    Unsupported(String what) {
      this(what, " Send one of " + ImageFormat.NAMES + ".");
    }

    private Unsupported(String what, String advice) {
      super(what + advice, null);
    }

    /**
     * For a format whose library is not there.
     *
     * @param debian Debian 12's package of the library
     */
    static Unsupported missing(ImageFormat format, String library, String debian) {
      return new Unsupported(
          "The image is in the %s format%s. %s, which reads it, is not installed on this server (Debian 12: %s). Convert the image."
              .formatted(
                  format.title(),
                  format == ImageFormat.HEIC ? ", in which iPhones save photographs" : "",
                  library,
                  debian));
    }
  }

  /** The bytes begin as a known format does, but are truncated or corrupt. */
  public static final class Unreadable extends ImageException {

    public Unreadable(String what) {
      this(what, null);
    }

    Unreadable(String what, @Nullable Throwable cause) {
      this(what, " Check that the file is complete and opens in an image viewer.", cause);
    }

    private Unreadable(String what, String advice, @Nullable Throwable cause) {
      super(what + advice, cause);
    }
  }

  /** The header claims more pixels than are allowed; no pixel was decoded. */
  public static final class TooManyPixels extends ImageException {

    private static final String ADVICE = " Send a smaller version.";

    private TooManyPixels(String what, String advice) {
      super(what + advice, null);
    }

    TooManyPixels(long width, long height, long maxPixels) {
      this(
          "The image claims %d x %d pixels; at most %d pixels are decoded."
              .formatted(width, height, maxPixels),
          ADVICE);
    }

    /** For a side that is too long by itself. */
    static TooManyPixels ofSide(long width, long height, long maxSide) {
      return new TooManyPixels(
          "The image claims %d x %d pixels; a side has at most %d pixels."
              .formatted(width, height, maxSide),
          ADVICE);
    }
  }

  /**
   * Decoding the image would cost, or has cost, more time or memory than one image may: its decoder
   * was stopped, or never started. Other images are not affected.
   */
  public static final class TooCostly extends ImageException {

    public TooCostly(String what) {
      this(what, " Convert it to JPEG or PNG with an image editor and send that.");
    }

    private TooCostly(String what, String advice) {
      super(what + advice, null);
    }
  }
}
