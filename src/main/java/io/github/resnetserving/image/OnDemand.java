package io.github.resnetserving.image;

import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A library that is looked for when the first image needs it, since most services never get one.
 * Thread-safe.
 */
final class OnDemand<T> {

  private final Supplier<Optional<T>> finder;
  private boolean asked; // guarded by this, as what follows
  private @Nullable T found;

  /**
   * @param finder asked once
   */
  OnDemand(Supplier<Optional<T>> finder) {
    this.finder = finder;
  }

  /** A library that is not there. */
  static <T> OnDemand<T> nothing() {
    return new OnDemand<>(Optional::empty);
  }

  /**
   * The library.
   *
   * @param name of it, for the message
   * @param debian Debian 12's package of it
   * @throws ImageException.Unsupported if the system does not have it
   */
  synchronized T require(ImageFormat format, String name, String debian)
      throws ImageException.Unsupported {
    if (!asked) {
      found = finder.get().orElse(null);
      asked = true;
    }
    if (found == null) {
      throw ImageException.Unsupported.missing(format, name, debian);
    }
    return found;
  }
}
