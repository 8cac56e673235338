package io.github.resnetserving.training;

import io.github.resnetserving.checkpoint.Tensor;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.ArchitectureOptions;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What training starts from: a network with random weights, or a trained one whose classifier is
 * replaced.
 *
 * @param description in words
 * @param name what it is called: an architecture, a model, or a file
 * @param weights the trained network's file; none for random weights
 * @param options what the file does not tell
 * @param topology with as many classes as the data has
 * @param preprocessing that it was trained with, or is designed for
 */
public record StartingPoint(
    String description,
    String name,
    Optional<URI> weights,
    NetworkOptions options,
    Topology topology,
    Preprocessing preprocessing) {

  /** The size that a network with a pooled stem is trained at from random weights. */
  private static final int PHOTOGRAPH = 128;

  /** Random weights. */
  static StartingPoint random(String architecture, ArchitectureOptions options, int classes) {
    Topology topology = Architecture.named(architecture, classes, options);
    int side = topology.pooled() ? PHOTOGRAPH : Architecture.imageSize(topology);
    Normalization normalization =
        topology.pooled() ? Normalization.IMAGENET : Normalization.CIFAR10;
    return new StartingPoint(
        architecture + options.describe() + ", with random weights",
        architecture,
        Optional.empty(),
        options.network(),
        topology,
        new Preprocessing(resize(side), Interpolation.BILINEAR, side, normalization));
  }

  /** Small images have nothing to lose at their edges. */
  private static int resize(int side) {
    return side <= 64 ? side : Math.round(side * 8f / 7);
  }

  /** A model, with another classifier. */
  static StartingPoint of(ModelSpec model, int classes) throws IOException {
    return trained(
        "the model " + model.name(),
        model.name(),
        model.weights(),
        model.network(),
        model.preprocessing(),
        classes);
  }

  /** A model of the repository by its name, or a weights file by its path. */
  static StartingPoint named(String from, ModelRepository repository, int classes)
      throws IOException {
    Optional<ModelSpec> model = from.contains("/") ? Optional.empty() : repository.find(from);
    if (model.isPresent()) {
      return of(model.get(), classes);
    }
    Path file = Path.of(from);
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          "--from %s is no model and no file. Models: %s"
              .formatted(from, String.join(", ", repository.names())));
    }
    Topology topology = NetworkFile.topology(file.toUri(), NetworkOptions.USUAL);
    Preprocessing usual = topology.pooled() ? Preprocessing.TORCHVISION_V1 : Preprocessing.CIFAR;
    return trained(
        "the weights " + file,
        String.valueOf(file.getFileName()).replaceFirst("\\.[a-z]+$", ""),
        file.toUri(),
        NetworkOptions.USUAL,
        usual,
        classes);
  }

  private static StartingPoint trained(
      String description,
      String name,
      URI weights,
      NetworkOptions options,
      Preprocessing preprocessing,
      int classes)
      throws IOException {
    Topology topology = NetworkFile.topology(weights, options);
    if (topology.pool() == Topology.Pool.ZEROS) {
      throw new IOException(
          "%s is one of BiT, whose weights are standardised anew at each step of training, which is not done here: take another network"
              .formatted(description));
    }
    if (topology.pool() == Topology.Pool.BEYOND) {
      throw new IOException(
          "%s has a max pool without padding, as in Caffe, which names of tensors tell and which the file that training writes would not: take another network"
              .formatted(description));
    }
    return new StartingPoint(
        description,
        name,
        Optional.of(weights),
        options,
        topology.withClassifier("fc", classes),
        preprocessing);
  }

  boolean isTrained() {
    return weights.isPresent();
  }

  /** Options of the file that training writes, which has torchvision's names. */
  NetworkOptions published() {
    return options.withHead(null).withStateDict(null).withPrefix(null);
  }

  /** Numbers that are learnt. */
  long parameters() {
    return topology.tensors().entrySet().stream()
        .filter(tensor -> !tensor.getKey().contains(".running_"))
        .mapToLong(tensor -> tensor.getValue().stream().reduce(1, Math::multiplyExact))
        .sum();
  }

  /** The preprocessing for another size of images. */
  Preprocessing sized(int side) {
    int resize =
        side == preprocessing.crop()
            ? preprocessing.resize()
            : Math.max(
                side, Math.round((float) preprocessing.resize() * side / preprocessing.crop()));
    return new Preprocessing(
        side <= 64 && !isTrained() ? side : resize,
        preprocessing.interpolation(),
        side,
        preprocessing.normalization());
  }

  /** The tensors to start from; the classifier's are random. */
  SequencedMap<String, FloatTensor> tensors(Recipe recipe) throws IOException {
    SequencedMap<String, FloatTensor> tensors =
        Initialization.random(topology, recipe.seed(), recipe.zeroLastGamma());
    if (weights.isEmpty()) {
      return tensors;
    }
    SequencedMap<String, FloatTensor> start = new LinkedHashMap<>();
    try (NetworkFile file = NetworkFile.open(weights.get(), options)) {
      SequencedMap<String, Tensor> trained = file.network().tensors();
      tensors.forEach((name, random) -> {
        boolean replaced = List.of("fc.weight", "fc.bias").contains(name);
        Tensor tensor = trained.get(name);
        start.put(
            name,
            replaced
                ? random
                : new FloatTensor(random.shape(), Objects.requireNonNull(tensor, name).toFloats()));
      });
    }
    return start;
  }
}
