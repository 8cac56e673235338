package io.github.resnetserving.network;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Renames a checkpoint's tensors to torchvision's names, which timm shares. Hugging Face's own
 * (transformers' {@code ResNetForImageClassification}) count stages and layers from zero.
 */
final class TensorNames {

  private static final Pattern LAYER =
      Pattern.compile(
          "encoder\\.stages\\.(\\d+)\\.layers\\.(\\d+)\\.(?:layer\\.(\\d+)|(shortcut))\\.(.+)");
  private static final String EMBEDDER = "embedder.embedder.";

  private TensorNames() {}

  /** The same tensors under torchvision's names, without what only training needs. */
  static <T> SequencedMap<String, T> canonical(SequencedMap<String, T> tensors)
      throws NetworkException {
    SequencedMap<String, T> renamed = new LinkedHashMap<>();
    for (Map.Entry<String, T> entry : tensors.entrySet()) {
      if (entry.getKey().endsWith("num_batches_tracked")) {
        continue;
      }
      String name = canonical(entry.getKey());
      if (renamed.put(name, entry.getValue()) != null) {
        throw new NetworkException("two tensors are both called " + name);
      }
    }
    return renamed;
  }

  private static String canonical(String tensor) {
    String name = tensor.startsWith("resnet.") ? tensor.substring("resnet.".length()) : tensor;
    if (name.startsWith(EMBEDDER)) {
      return name.substring(EMBEDDER.length())
          .replace("convolution.", "conv1.")
          .replace("normalization.", "bn1.");
    }
    if (name.startsWith("classifier.1.")) {
      return name.replace("classifier.1.", "fc.");
    }
    Matcher layer = LAYER.matcher(name);
    if (!layer.matches()) {
      return name;
    }
    String block = "layer%d.%s".formatted(Integer.parseInt(layer.group(1)) + 1, layer.group(2));
    String part = layer.group(5);
    if (layer.group(4) != null) {
      return block
          + ".downsample."
          + part.replace("convolution.", "0.").replace("normalization.", "1.");
    }
    int position = Integer.parseInt(layer.group(3)) + 1;
    return block
        + "."
        + part.replace("convolution.", "conv" + position + ".")
            .replace("normalization.", "bn" + position + ".");
  }
}
