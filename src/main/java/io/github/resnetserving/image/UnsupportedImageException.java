package io.github.resnetserving.image;

/** The bytes are in no format that is read, or in a variant of one that no decoder here reads. */
public final class UnsupportedImageException extends ImageException {

  UnsupportedImageException(String what) {
    super(what + " Send one of " + ImageFormat.NAMES + ".", null);
  }

  /**
   * For a format whose library is not there.
   *
   * @param debian Debian 12's package of the library
   */
  static UnsupportedImageException missing(ImageFormat format, String library, String debian) {
    return new UnsupportedImageException(
        "The image is in the %s format%s. %s, which reads it, is not installed on this server (Debian 12: %s). Convert the image."
            .formatted(
                format.title(),
                format == ImageFormat.HEIC ? ", in which iPhones save photographs" : "",
                library,
                debian));
  }

  UnsupportedImageException(ImageFailure failure) {
    super(failure.message(), null);
  }
}
