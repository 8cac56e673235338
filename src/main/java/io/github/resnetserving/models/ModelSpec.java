package io.github.resnetserving.models;

import io.github.resnetserving.models.NetworkOptions.Variant;
import java.net.URI;
import java.util.regex.Pattern;

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

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

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

  /** Where a file in the weights' folder lies, whether there is one or not. */
  public URI beside(String file) {
    String place = weights.toString();
    return URI.create(place.substring(0, place.lastIndexOf('/') + 1) + file);
  }

  /** Whether it names classes; else it gives features alone. */
  public boolean classifies() {
    return labels.count() > 0;
  }

  /** Whether a name is fit for a folder, and neither a path nor an address. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /**
   * Checks what a model is to be called.
   *
   * @throws ModelException if it is no name
   */
  public static void requireName(String name) throws ModelException {
    if (!isName(name)) {
      throw new ModelException(
          "\"%s\" is no name for a model: take letters, digits, dots, dashes and underscores"
              .formatted(name));
    }
  }
}
