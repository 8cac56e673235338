package io.github.resnetserving.models;

import java.util.regex.Pattern;

/** The rule for models' names: each is fit for a folder and is neither a path nor an address. */
public final class ModelName {

  private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private ModelName() {}

  public static boolean isValid(String name) {
    return ALLOWED.matcher(name).matches();
  }

  /**
   * Checks what a model is to be called.
   *
   * @throws ModelException if it is no name
   */
  public static void require(String name) throws ModelException {
    if (!isValid(name)) {
      throw new ModelException(
          "\"%s\" is no name for a model: take letters, digits, dots, dashes and underscores"
              .formatted(name));
    }
  }
}
