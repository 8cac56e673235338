package io.github.resnetserving.openinference;

import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.tensor.NetworkInput;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request for inference, however it came.
 *
 * @param spec the model as it was when the input was read
 * @param version null for the newest that is ready
 * @param outputs those that are asked for; none for all
 * @param head the parameter {@code head}: whose classes are told; null for the model's own
 */
record InferenceCall(
    ModelSpec spec,
    @Nullable String version,
    Input input,
    List<RequestedOutput> outputs,
    @Nullable String head,
    Deadline deadline) {

  /** What the images are. */
  sealed interface Input {

    /** How many images there are. */
    int count();

    /** Encoded images, from {@code image}. */
    record Images(List<byte[]> encoded) implements Input {

      @Override
      public int count() {
        return encoded.size();
      }
    }

    /** Numbers, from {@code input}. */
    record Numbers(List<NetworkInput> images) implements Input {

      @Override
      public int count() {
        return images.size();
      }
    }
  }

  /**
   * One output.
   *
   * @param classes how many of the best classes to give instead of numbers; 0 for numbers
   */
  record RequestedOutput(String name, int classes) {

    private static final Set<String> KNOWN = Set.of("logits", "probabilities", "features");

    /**
     * Adds an output that a request asks for to those that it asked for before.
     *
     * @param classes the parameter {@code classification}, null if there is none
     * @throws ProtocolException if there is no such output, or it is asked for already
     */
    static void add(List<RequestedOutput> outputs, String name, @Nullable Long classes)
        throws ProtocolException {
      if (!KNOWN.contains(name)) {
        throw ProtocolException.invalid(
            "There is no output %s. There are: logits, probabilities, features."
                .formatted(ProtocolException.clipped(name)));
      }
      if (outputs.stream().anyMatch(other -> other.name().equals(name))) {
        throw ProtocolException.invalid("The output %s is asked for twice.".formatted(name));
      }
      if (classes != null && (classes < 1 || classes > Integer.MAX_VALUE)) {
        throw ProtocolException.invalid(
            "classification is %d: it must be positive.".formatted(classes));
      }
      if (classes != null && name.equals("features")) {
        throw ProtocolException.invalid(
            "Features have no classes: ask for the classification of logits or probabilities.");
      }
      outputs.add(new RequestedOutput(name, classes == null ? 0 : classes.intValue()));
    }
  }
}
