package io.github.resnetserving.graph;

import io.github.resnetserving.graph.ArchitectureOptions.BlockKind;
import io.github.resnetserving.graph.ArchitectureOptions.Shortcut;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The published residual networks by name, for training from scratch.
 *
 * <p>{@code resnet18} … {@code resnet152} are those of He et al. 2015, table 1, {@code
 * wide_resnet50_2} and {@code wide_resnet101_2} torchvision's wide ones, {@code resnext50_32x4d}
 * and others of that kind with 32 groups of 4 channels those of Xie et al. 2016. A {@code d} after
 * the depth gives a deep stem and averaging shortcuts, {@code se} before the name excitations, as
 * in timm. {@code cifar-resnetN} with N = 6n + 2 are those of section 4.2, and {@code
 * cifar-resnetN-bottleneck} with N = 9n + 2 those of He et al. 2016, section 4. {@code
 * cifar-resnetN-b} is short for shortcut option B.
 *
 * <p>Tensors are named as torchvision names them. CIFAR networks call a projection {@code shortcut}
 * and the classifier {@code linear}; pre-activated blocks begin with {@code bn1}, and {@code bn}
 * follows the last one; a sum's norm is {@code bn3}.
 */
public final class Architecture {

  private static final Map<String, List<Integer>> BASIC =
      Map.of("resnet18", List.of(2, 2, 2, 2), "resnet34", List.of(3, 4, 6, 3));
  private static final Map<String, List<Integer>> BOTTLENECK =
      Map.of(
          "resnet50", List.of(3, 4, 6, 3),
          "resnet101", List.of(3, 4, 23, 3),
          "resnet152", List.of(3, 8, 36, 3));
  private static final Pattern WIDE = Pattern.compile("wide_(resnet(?:50|101))_2");
  private static final Pattern PHOTOGRAPHS =
      Pattern.compile("(se)?resne(x)?t(\\d{2,3})(d)?(?:_(\\d{1,3})x(\\d{1,3})d)?(_gn)?");
  private static final Pattern CIFAR = Pattern.compile("cifar-resnet(\\d{1,4})(-bottleneck)?(-b)?");

  private final ArchitectureOptions options;
  private final boolean bottleneck;
  private final boolean cifar;
  private final Shortcut shortcut;
  private final Form form;

  /**
   * What a name says beside the depth.
   *
   * @param groups of a bottleneck's 3×3 convolution
   * @param base channels inside a bottleneck of the first stage, before the option's width
   * @param deep whether there are a deep stem and averaging shortcuts
   * @param excited whether each block has an excitation
   */
  private record Form(int groups, int base, boolean deep, boolean excited, Topology.Norms norms) {
    static final Form PLAIN = new Form(1, 64, false, false, Topology.Norms.BATCH);
  }

  private Architecture(ArchitectureOptions options, boolean bottleneck, boolean cifar, Form form) {
    this.options = options;
    this.form = form;
    this.bottleneck = bottleneck;
    this.cifar = cifar;
    boolean padded = cifar && options.block() != BlockKind.SUM_NORM;
    this.shortcut =
        Objects.requireNonNullElse(options.shortcut(), padded ? Shortcut.A : Shortcut.B);
    if (bottleneck && options.block() == BlockKind.SUM_NORM) {
      throw new IllegalArgumentException(
          "a sum-norm block has two 3×3 convolutions: take a network of basic blocks, such as"
              + " cifar-resnet20 or resnet34");
    }
    if (form.norms() == Topology.Norms.GROUP && options.width() % 1 != 0) {
      throw new IllegalArgumentException(
          "group norms divide channels into 32 groups: take a whole number for the width, not %s"
              .formatted(options.width()));
    }
    boolean usual = options.block() == BlockKind.V1_5 || options.block() == BlockKind.V1;
    if (!usual && (form.deep() || form.excited() || form.groups() > 1)) {
      throw new IllegalArgumentException(
          "a ResNeXt, ResNet-D or SE-ResNet has blocks v1.5 or v1, not " + options.block());
    }
  }

  /**
   * The network of the given name with the usual options.
   *
   * @throws IllegalArgumentException if there is none of that name; the message lists them
   */
  public static Topology named(String name, int classes) {
    return named(name, classes, ArchitectureOptions.USUAL);
  }

  /**
   * The network of the given name.
   *
   * @throws IllegalArgumentException if there is none of that name, or not with these options; the
   *     message says which there are
   */
  public static Topology named(String name, int classes, ArchitectureOptions options) {
    String key = name.toLowerCase(Locale.ROOT);
    Matcher wide = WIDE.matcher(key);
    if (wide.matches()) {
      double width = 2 * options.width();
      return named(
          wide.group(1),
          classes,
          new ArchitectureOptions(options.shortcut(), options.block(), width));
    }
    Matcher photographs = PHOTOGRAPHS.matcher(key);
    if (photographs.matches()) {
      String plain = "resnet" + photographs.group(3);
      boolean bottleneck = BOTTLENECK.containsKey(plain);
      boolean grouped = photographs.group(5) != null;
      List<Integer> depths = bottleneck ? BOTTLENECK.get(plain) : BASIC.get(plain);
      if (depths != null && grouped == (photographs.group(2) != null) && (bottleneck || !grouped)) {
        return new Architecture(options, bottleneck, /* cifar= */ false, form(photographs))
            .imagenet(depths, classes);
      }
    }
    Matcher cifar = CIFAR.matcher(key);
    if (cifar.matches()) {
      int depth = Integer.parseInt(cifar.group(1));
      boolean bottleneck = cifar.group(2) != null;
      int layers = bottleneck ? 9 : 6; // of a block in each stage
      if (depth > layers && (depth - 2) % layers == 0) {
        return new Architecture(
                cifar.group(3) == null ? options : projecting(options),
                bottleneck,
                /* cifar= */ true,
                Form.PLAIN)
            .cifar((depth - 2) / layers, classes);
      }
    }
    throw new IllegalArgumentException(
        "there is no architecture \"%s\": take resnet18, resnet34, resnet50, resnet101, resnet152,"
                .formatted(name)
            + " wide_resnet50_2, wide_resnet101_2, resnext50_32x4d, resnext101_32x8d,"
            + " resnext101_64x4d, resnet50d, resnet50_gn, seresnet50, seresnext50_32x4d and others"
            + " so named, cifar-resnetN or cifar-resnetN-b with N = 8, 14, 20, 26, 32, …, that is"
            + " 6n + 2, or cifar-resnetN-bottleneck with N = 11, 20, 29, …, that is 9n + 2");
  }

  private static Form form(Matcher name) {
    int groups = name.group(5) == null ? 1 : Integer.parseInt(name.group(5));
    int base = name.group(5) == null ? 64 : groups * Integer.parseInt(name.group(6));
    if (groups < 1 || base < 1) {
      throw new IllegalArgumentException(
          "%s has no channels: take a name such as resnext50_32x4d".formatted(name.group()));
    }
    return new Form(
        groups,
        base,
        name.group(4) != null,
        name.group(1) != null,
        name.group(7) == null ? Topology.Norms.BATCH : Topology.Norms.GROUP);
  }

  private static ArchitectureOptions projecting(ArchitectureOptions options) {
    if (options.shortcut() != null && options.shortcut() != Shortcut.B) {
      throw new IllegalArgumentException(
          "-b at the end of the name says shortcut B, and the option says %s: leave one out"
              .formatted(options.shortcut()));
    }
    return new ArchitectureOptions(Shortcut.B, options.block(), options.width());
  }

  /** The side of the square image that the network was designed for, in pixels. */
  public static int imageSize(Topology topology) {
    return topology.pooled() ? 224 : 32;
  }

  private Topology imagenet(List<Integer> depths, int classes) {
    List<Convolution> stem =
        form.deep()
            ? List.of(
                new Convolution("conv1.0", "conv1.1", 3, 32, 3, 2),
                new Convolution("conv1.3", "conv1.4", 32, 32, 3, 1),
                new Convolution("conv1.6", "bn1", 32, 64, 3, 1))
            : List.of(new Convolution("conv1", stemNorm(), 3, 64, 7, 2));
    return topology(stem, depths, "fc", classes);
  }

  private Topology cifar(int blocksPerStage, int classes) {
    Convolution stem = new Convolution("conv1", stemNorm(), 3, 16, 3, 1);
    List<Integer> depths = List.of(blocksPerStage, blocksPerStage, blocksPerStage);
    return topology(List.of(stem), depths, "linear", classes);
  }

  private boolean preActivated() {
    return options.block() == BlockKind.V2;
  }

  private @Nullable String stemNorm() {
    return preActivated() ? null : "bn1";
  }

  private Topology topology(
      List<Convolution> stem, List<Integer> depths, String classifier, int classes) {
    List<List<Block>> stages = new ArrayList<>();
    int first = stem.getLast().outputs();
    int inputs = first;
    for (int k = 0; k < depths.size(); k++) {
      int channels = first << k;
      int width = width(channels);
      int outputs = bottleneck ? 4 * channels : width;
      List<Block> blocks = new ArrayList<>();
      for (int i = 0; i < depths.get(k); i++) {
        String prefix = "layer%d.%d".formatted(k + 1, i);
        blocks.add(block(prefix, inputs, width, outputs, k > 0 && i == 0 ? 2 : 1));
        inputs = outputs;
      }
      stages.add(blocks);
    }
    return new Topology(
        stem,
        cifar ? Topology.Pool.NONE : Topology.Pool.PADDED,
        stages,
        classifier,
        classes,
        preActivated() ? "bn" : null,
        form.norms());
  }

  /** Channels inside a bottleneck, or of a basic block: as many in each group. */
  private int width(int channels) {
    if (form.groups() == 1) {
      return options.widened(channels);
    }
    return form.groups()
        * Math.max(1, options.widened(channels * form.base() / 64) / form.groups());
  }

  private Block block(String prefix, int inputs, int width, int outputs, int stride) {
    boolean early = options.block() == BlockKind.V1;
    List<Convolution> body =
        bottleneck
            ? List.of(
                body(prefix, 1, inputs, width, 1, early ? stride : 1),
                body(prefix, 2, width, width, 3, early ? 1 : stride),
                body(prefix, 3, width, outputs, 1, 1))
            : List.of(
                body(prefix, 1, inputs, width, 3, stride), body(prefix, 2, width, outputs, 3, 1));
    boolean moves = stride != 1 || inputs != outputs;
    boolean projects =
        switch (shortcut) {
          case A -> false;
          case B -> moves;
          case C -> true;
        };
    if (!projects && outputs < inputs) {
      throw new IllegalArgumentException(
          "at width %s %s narrows from %d to %d channels, which needs a projection: take shortcut B or C"
              .formatted(options.width(), prefix, inputs, outputs));
    }
    return new Block(
        body,
        projects ? projection(prefix, inputs, outputs, stride) : null,
        projects && form.deep() && stride > 1,
        preActivated() ? prefix + ".bn1" : null,
        options.block() == BlockKind.SUM_NORM ? prefix + ".bn3" : null,
        form.excited() ? excitation(prefix + ".se", outputs) : null);
  }

  /** With a sixteenth of the channels between its layers, rounded to a multiple of 8, as timm's. */
  private static Block.Excitation excitation(String name, int channels) {
    return new Block.Excitation(name, channels, Math.max(8, (channels / 16 + 4) / 8 * 8));
  }

  private Convolution body(
      String prefix, int position, int inputs, int outputs, int kernel, int stride) {
    int norm = preActivated() ? position + 1 : position;
    boolean normed = norm <= (bottleneck ? 3 : 2);
    return new Convolution(
        "%s.conv%d".formatted(prefix, position),
        normed ? "%s.bn%d".formatted(prefix, norm) : null,
        inputs,
        outputs,
        kernel,
        stride,
        bottleneck && position == 2 ? form.groups() : 1);
  }

  private Convolution projection(String prefix, int inputs, int outputs, int stride) {
    String name = prefix + (cifar ? ".shortcut" : ".downsample");
    boolean normed =
        switch (options.block()) {
          case V1, V1_5 -> true;
          case V2, SUM_NORM -> false;
        };
    if (form.deep()) { // number 0 is the pool
      return new Convolution(name + ".1", name + ".2", inputs, outputs, 1, 1);
    }
    int kernel = options.block() == BlockKind.SUM_NORM ? 3 : 1;
    return new Convolution(
        name + ".0", normed ? name + ".1" : null, inputs, outputs, kernel, stride);
  }
}
