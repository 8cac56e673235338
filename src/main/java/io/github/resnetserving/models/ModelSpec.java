package io.github.resnetserving.models;

import java.net.URI;

/**
 * A model that is there to be loaded.
 *
 * @param name what requests call it
 * @param version a whole number as text; the newest is the largest
 * @param weights where the weights file lies: a {@code file:} URI, or a resource inside the program
 * @param digest the file's digest, {@code sha256:} and 64 hexadecimal digits
 * @param network what names and shapes of the weights do not tell
 * @param preprocessing what the network expects of its input
 * @param labels the classes, in the order of the classifier's output; none where the network has no
 *     classifier
 */
public record ModelSpec(
    String name,
    String version,
    URI weights,
    String digest,
    NetworkOptions network,
    Preprocessing preprocessing,
    Labels labels) {

  /** A model whose network is told by its weights, but for the variant. */
  public ModelSpec(
      String name,
      String version,
      URI weights,
      String digest,
      Variant variant,
      Preprocessing preprocessing,
      Labels labels) {
    this(name, version, weights, digest, NetworkOptions.of(variant), preprocessing, labels);
  }

  /** Whether it names classes; else it gives features alone. */
  public boolean classifies() {
    return labels.count() > 0;
  }
}
