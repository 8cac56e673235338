package io.github.resnetserving.training;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The images of a source as they are decoded, at one size. They are kept in memory as long as a
 * budget allows, and decoded anew where it does not. Thread-safe.
 */
final class DecodedImages {

  /** How a file becomes an image, by the server's own pipeline. */
  interface Decoding {
    Pixels decode(byte[] encoded) throws ImageException;
  }

  /** A bounded number of bytes, which several sets of images may share. Thread-safe. */
  static final class Budget {
    private final AtomicLong left;

    Budget(long bytes) {
      this.left = new AtomicLong(bytes);
    }

    boolean take(long bytes) {
      if (left.addAndGet(-bytes) >= 0) {
        return true;
      }
      left.addAndGet(bytes);
      return false;
    }
  }

  /** The images that cannot be read, up to a number that is borne. Thread-safe. */
  static final class Unreadable {
    private final int most;
    private final Map<String, String> reasons = new TreeMap<>();

    Unreadable(int most) {
      this.most = most;
    }

    synchronized void add(String name, String reason) throws IOException {
      reasons.put(name, reason);
      if (reasons.size() > most) {
        throw new IOException(
            "%s is no image that can be read: %s%s Remove it, or let more be skipped with --skip-unreadable."
                .formatted(
                    name,
                    reason,
                    most == 0 ? "" : " So are %d others.".formatted(reasons.size() - 1)));
      }
    }

    /** Reasons by the images' names. */
    synchronized Map<String, String> reasons() {
      return new TreeMap<>(reasons);
    }
  }

  private final DataSource data;
  private final Decoding decoding;
  private final Budget budget;
  private final Unreadable unreadable;
  private final Map<Integer, Pixels> kept = new ConcurrentHashMap<>();

  DecodedImages(DataSource data, Decoding decoding, Budget budget, Unreadable unreadable) {
    this.data = data;
    this.decoding = decoding;
    this.budget = budget;
    this.unreadable = unreadable;
  }

  int label(int position) {
    return data.label(position);
  }

  /**
   * An image, or none if it cannot be read.
   *
   * @throws IOException if more cannot be read than are borne
   */
  Optional<Pixels> get(int position) throws IOException {
    Pixels image = kept.get(position);
    if (image != null) {
      return Optional.of(image);
    }
    try {
      image = decoding.decode(data.read(position));
    } catch (ImageException | IOException e) {
      unreadable.add(data.name(position), String.valueOf(e.getMessage()));
      return Optional.empty();
    }
    if (budget.take(image.rgb().length)) {
      kept.put(position, image);
    }
    return Optional.of(image);
  }
}
