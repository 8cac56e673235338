package io.github.resnetserving.graph;

import java.io.IOException;
import java.util.List;

/** Tensors that are not those of a network this program can run; the message says which and why. */
public final class NetworkException extends IOException {

  private static final long serialVersionUID = 1;
  private static final int NAMED = 8;

  NetworkException(String message) {
    super(message);
  }

  /** The first few names and how many more there are. */
  static String some(List<String> names) {
    String first = String.join(", ", names.subList(0, Math.min(NAMED, names.size())));
    return names.size() <= NAMED ? first : first + " and " + (names.size() - NAMED) + " more";
  }
}
