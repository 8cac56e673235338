package io.github.resnetserving.graph;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a library or a repository calls a residual network's tensors. */
enum NamingConvention {
  /** torchvision's, which timm and most repositories share. */
  TORCHVISION {
    @Override
    String canonical(String tensor) {
      return tensor;
    }
  },
  /** transformers' ResNetForImageClassification: stages and layers are counted from zero. */
  HUGGING_FACE {
    @Override
    String canonical(String tensor) {
      return huggingFace(tensor);
    }
  },
  /**
   * pretrained-models.pytorch's SENets, which timm has as legacy: layer0, se_module, last_linear.
   */
  CADENE {
    @Override
    String canonical(String tensor) {
      return cadene(tensor.startsWith("layer0.") ? tensor.substring("layer0.".length()) : tensor);
    }
  },
  /** The same with a deep stem, whose convolutions are numbered as those of a block. */
  CADENE_DEEP {
    @Override
    String canonical(String tensor) {
      Matcher stem = CADENE_STEM.matcher(tensor);
      return stem.matches()
          ? DEEP_STEM.getOrDefault(stem.group(1), stem.group(1)) + "." + stem.group(2)
          : cadene(tensor);
    }
  },
  /** timm's ResNetV2, of BiT's networks too: stem, stages.0.blocks.0, norm, head.fc. */
  TIMM_V2 {
    @Override
    String canonical(String tensor) {
      return timmV2(tensor, /* first= */ 0);
    }
  },
  /** The same with a deep stem, and with shortcuts that average, which have no weights. */
  TIMM_V2_DEEP {
    @Override
    String canonical(String tensor) {
      Matcher stem = TIMM_STEM.matcher(tensor);
      return stem.matches()
          ? DEEP_STEM.getOrDefault(stem.group(1).replace("norm", "bn"), stem.group(1))
              + "."
              + stem.group(2)
          : timmV2(tensor, /* first= */ 1);
    }
  },
  /** pytorch-cifar100's: conv1 and conv2_x to conv5_x, blocks as numbered sequences. */
  NUMBERED {
    @Override
    String canonical(String tensor) {
      return numbered(tensor);
    }
  };

  private static final String EMBEDDER = "embedder.embedder.";
  private static final Pattern LAYER =
      Pattern.compile(
          "encoder\\.stages\\.(\\d{1,3})\\.layers\\.(\\d{1,4})\\.(?:layer\\.(\\d{1,2})|(shortcut))\\.(.+)");
  private static final Pattern CADENE_STEM = Pattern.compile("layer0\\.(\\w+)\\.(\\w+)");
  private static final Map<String, String> DEEP_STEM =
      Map.of(
          "conv1", "conv1.0", "bn1", "conv1.1", "conv2", "conv1.3", "bn2", "conv1.4", "conv3",
          "conv1.6", "bn3", "bn1");
  private static final Pattern TIMM_STEM = Pattern.compile("stem\\.(\\w+)\\.(\\w+)");
  private static final Pattern TIMM_BLOCK =
      Pattern.compile("stages\\.(\\d{1,3})\\.blocks\\.(\\d{1,4})\\.(.+)");
  private static final Pattern NUMBERED_STEM = Pattern.compile("conv1\\.([01])\\.(.+)");
  private static final Pattern NUMBERED_LAYER =
      Pattern.compile("conv(\\d)_x\\.(\\d{1,4})\\.residual_function\\.(\\d)\\.(.+)");
  private static final Pattern NUMBERED_STAGE = Pattern.compile("conv(\\d)_x\\.(.+)");

  /** What the names of a network's first stage begin with, in one convention or another. */
  static final Set<String> FIRST_STAGES = Set.of("layer1.", "conv2_x.", "stages.0.blocks.");

  /** What a network's first weight may be called. */
  static final Set<String> STEMS =
      Set.of(
          "conv1.weight",
          "conv1.0.weight",
          "layer0.conv1.weight",
          "stem.conv.weight",
          "stem.conv1.weight");

  /** The name of the stem's weight in Hugging Face's models. */
  static final String EMBEDDED_STEM = EMBEDDER + "convolution.weight";

  /** Whether a tensor's name and shape are those of a kernel that reads an image. */
  static boolean readsImage(String tensor, List<Integer> shape) {
    return shape.size() == 4
        && shape.get(1) == 3
        && (tensor.endsWith(EMBEDDED_STEM) || STEMS.stream().anyMatch(tensor::endsWith));
  }

  /** The convention of a network's names. */
  static NamingConvention of(Set<String> names) {
    if (names.stream().anyMatch(name -> name.endsWith(EMBEDDED_STEM))) {
      return HUGGING_FACE;
    }
    if (names.contains("layer0.conv1.weight")) {
      return names.contains("layer0.conv3.weight") ? CADENE_DEEP : CADENE;
    }
    if (names.contains("stages.0.blocks.0.conv1.weight")) {
      return names.contains("stem.conv1.weight") ? TIMM_V2_DEEP : TIMM_V2;
    }
    return names.stream().anyMatch(name -> name.startsWith("conv2_x.")) ? NUMBERED : TORCHVISION;
  }

  /** A tensor by the name that it has with torchvision. */
  abstract String canonical(String tensor);

  /** Whether the max pool has no padding, and its last windows may reach beyond the map. */
  boolean poolsBeyond() {
    return this == CADENE || this == CADENE_DEEP;
  }

  /** Whether a bottleneck without groups has its stride in the first convolution, as in Caffe. */
  boolean stridesFirst() {
    return this == CADENE;
  }

  private static String cadene(String tensor) {
    return tensor.startsWith("last_linear.")
        ? tensor.replaceFirst("last_linear", "fc")
        : tensor.replace(".se_module.", ".se.");
  }

  /**
   * Whether a network with group norms is one of BiT: its convolutions compute with standardised
   * weights, and its stem's pool has zeros around the map.
   */
  boolean isOfBit() {
    return this == TIMM_V2;
  }

  /** A convolution's weight that is a classifier's: timm's is one of 1×1. */
  static boolean isFlatClassifier(String tensor) {
    return tensor.equals("head.fc.weight") || tensor.endsWith(".head.fc.weight");
  }

  private static String timmV2(String tensor, int first) {
    if (tensor.equals("stem.conv.weight")) {
      return "conv1.weight";
    }
    if (tensor.startsWith("head.fc.")) {
      return tensor.substring("head.".length());
    }
    Matcher block = TIMM_BLOCK.matcher(tensor);
    if (!block.matches()) {
      return tensor;
    }
    return "layer%d.%s.%s"
        .formatted(
            Integer.parseInt(block.group(1)) + 1,
            block.group(2),
            block
                .group(3)
                .replaceFirst("^norm", "bn")
                .replaceFirst("^downsample\\.conv\\.", "downsample." + first + ".")
                .replaceFirst("^downsample\\.norm\\.", "downsample." + (first + 1) + "."));
  }

  private static String numbered(String tensor) {
    Matcher stem = NUMBERED_STEM.matcher(tensor);
    if (stem.matches()) {
      return (stem.group(1).equals("0") ? "conv1." : "bn1.") + stem.group(2);
    }
    Matcher layer = NUMBERED_LAYER.matcher(tensor);
    if (layer.matches()) {
      int number = Integer.parseInt(layer.group(3));
      return "layer%d.%s.%s%d.%s"
          .formatted(
              Integer.parseInt(layer.group(1)) - 1,
              layer.group(2),
              number % 3 == 0 ? "conv" : "bn",
              number / 3 + 1,
              layer.group(4));
    }
    Matcher stage = NUMBERED_STAGE.matcher(tensor);
    return stage.matches()
        ? "layer%d.%s".formatted(Integer.parseInt(stage.group(1)) - 1, stage.group(2))
        : tensor;
  }

  private static String huggingFace(String tensor) {
    String name = tensor.startsWith("resnet.") ? tensor.substring("resnet.".length()) : tensor;
    if (name.startsWith(EMBEDDER)) {
      return name.substring(EMBEDDER.length())
          .replace("convolution.", "conv1.")
          .replace("normalization.", "bn1.");
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
