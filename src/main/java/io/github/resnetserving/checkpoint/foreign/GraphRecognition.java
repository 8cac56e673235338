package io.github.resnetserving.checkpoint.foreign;

import io.github.resnetserving.checkpoint.Printable;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.AveragePool;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Classify;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Convolve;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.MaxPool;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Normalize;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Plain;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Unknown;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.ZeroPad;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Walks a graph from the image to the logits and recognises a residual network in it: a stem,
 * blocks that an addition ends, and a classifier. For use by one thread, once.
 */
public final class GraphRecognition {

  private static final int MAX_BLOCKS = 2000;

  private final Map<String, List<ForeignNode>> readers;
  private final NetworkBuilder network = new NetworkBuilder();

  /** The activation that the walk has come to. */
  private String at;

  private GraphRecognition(ForeignGraph graph) {
    this.readers = graph.readers();
    this.at = graph.input();
  }

  /**
   * Recognises a network.
   *
   * @throws WeightsException if it is not one of the family; the message names the first node that
   *     is not
   */
  public static ForeignNetwork of(ForeignGraph graph) throws WeightsException {
    return new GraphRecognition(graph).network();
  }

  private ForeignNetwork network() throws WeightsException {
    stem();
    for (int block = 0; block < MAX_BLOCKS; block++) {
      List<ForeignNode> next = next();
      if (next.stream().anyMatch(node -> isGlobalPool(node.operation()))) {
        return end(next);
      }
      block(next);
    }
    throw new WeightsException("it has more than %d blocks".formatted(MAX_BLOCKS));
  }

  /** A branch of a block: convolutions in a row, with what lies between them. */
  private record Branch(
      List<NetworkBuilder.Normed> convolutions, @Nullable AveragePool pool, ForeignNode sum) {}

  private void stem() throws WeightsException {
    ForeignNode node = only();
    if (node.operation() instanceof Normalize norm) {
      network.input(norm);
      pass(node);
      node = only();
    }
    List<NetworkBuilder.Normed> stem = new ArrayList<>();
    boolean rectified = true;
    while (rectified && stem.size() < 3 && (stem.isEmpty() || isChain())) {
      stem.add(normed());
      rectified = skip(Plain.RELU);
    }
    if (!rectified && next().size() == 1 && next().getFirst().operation() instanceof Unknown) {
      throw foreign(next().getFirst(), "a ReLU is expected");
    }
    int padded = 0;
    if (next().size() == 1 && next().getFirst().operation() instanceof ZeroPad pad) {
      padded = pad.pixels();
      pass(next().getFirst());
    }
    network.stem(stem, rectified, pool(padded, rectified));
  }

  /** What follows the stem, and so many pixels of zeros. */
  private NetworkBuilder.Pool pool(int padded, boolean rectified) throws WeightsException {
    ForeignNode node = next().isEmpty() ? only() : next().getFirst();
    if (next().size() > 1 || !(node.operation() instanceof MaxPool found)) {
      if (padded > 0) {
        throw foreign(node, "zeros are padded, and no pool follows");
      }
      return NetworkBuilder.Pool.NONE;
    }
    Window window = found.window();
    int before = window.before() + padded;
    int after = window.after() + padded;
    boolean usual = window.kernel() == 3 && window.stride() == 2;
    pass(node);
    if (padded > 0 && !rectified) { // zeros are larger than what is negative
      throw foreign(node, "the pool is padded with zeros, before any ReLU");
    }
    if (usual && before == 1 && after == 1 && !window.ceil()) {
      return NetworkBuilder.Pool.PADDED;
    }
    if (usual && before == 0 && after == 0 && window.ceil()) {
      return NetworkBuilder.Pool.BEYOND;
    }
    throw foreign(
        node,
        "the pool has a window of %d at stride %d with %d and %d pixels of padding%s; it must be 3 at stride 2, with 1 on each side, or with none and rounded up"
            .formatted(
                window.kernel(),
                window.stride(),
                before,
                after,
                window.ceil() ? ", rounded up" : ""));
  }

  /** Whether the only thing that follows is one more convolution of a deep stem. */
  private boolean isChain() {
    return next().size() == 1 && next().getFirst().operation() instanceof Convolve;
  }

  /** Recognises what begins at the activation, and moves to its end. */
  private void block(List<ForeignNode> next) throws WeightsException {
    String start = at;
    @Nullable Normalize first = null;
    ForeignNode leading = next.isEmpty() ? only() : next.getFirst();
    for (ForeignNode node : next) {
      if (node.operation() instanceof Normalize norm) {
        first = norm;
        leading = node;
      }
    }
    if (first != null) {
      pass(leading);
      if (!skip(Plain.RELU)) {
        throw foreign(only(), "a ReLU is expected after the norm that begins a block");
      }
      if (next().stream().anyMatch(node -> isGlobalPool(node.operation()))) {
        network.lastNorm(first);
        return;
      }
    }
    branches(start, first);
  }

  private void branches(String start, @Nullable Normalize first) throws WeightsException {
    String activated = at;
    @Nullable Branch body = null;
    @Nullable Branch projection = null;
    for (ForeignNode node : next()) {
      if (node.operation() == Plain.ADD) {
        continue;
      }
      at = activated;
      Branch branch = branch(node);
      if (branch.convolutions().size() > 1 && body == null) {
        body = branch;
      } else if (branch.convolutions().size() == 1 && projection == null) {
        projection = branch;
      } else {
        throw foreign(node, "a third way begins, where a block has a body and a shortcut");
      }
    }
    if (body == null) {
      at = activated;
      throw foreign(only(), "a block's convolutions are expected");
    }
    ForeignNode sum = body.sum();
    if (sum.inputs().size() != 2) {
      throw foreign(sum, "%d activations are added; a block adds 2".formatted(sum.inputs().size()));
    }
    boolean joined = readersOf(start).contains(sum);
    if (projection == null ? !joined : joined || !projection.sum().equals(sum)) {
      throw foreign(sum, "the block's body and its shortcut are not what is added");
    }
    network.block(
        sum.toString(),
        first,
        body.convolutions(),
        projection == null ? null : projection.convolutions().getFirst(),
        projection == null || projection.pool() == null ? 0 : projection.pool().window().kernel());
    at = sum.output();
    if (first == null && !skip(Plain.RELU)) {
      throw foreign(only(), "a ReLU is expected after the block's sum");
    }
  }

  /** Follows convolutions to the addition that ends them. */
  private Branch branch(ForeignNode start) throws WeightsException {
    @Nullable AveragePool pool = null;
    if (start.operation() instanceof AveragePool found) {
      Window window = found.window();
      if (window.kernel() != window.stride() || window.before() != 0 || window.after() != 0) {
        throw foreign(start, "the mean is taken of windows that do not lie side by side");
      }
      pool = found;
      pass(start);
      start = only();
    }
    List<NetworkBuilder.Normed> convolutions = new ArrayList<>();
    ForeignNode node = start;
    while (true) {
      convolutions.add(normed(node));
      node = only();
      if (node.operation() == Plain.ADD) {
        return new Branch(convolutions, pool, node);
      }
      if (node.operation() != Plain.RELU || convolutions.size() == 3) {
        throw foreign(node, expected("a ReLU or the block's addition", node));
      }
      pass(node);
      node = only();
    }
  }

  private ForeignNode endOf(List<ForeignNode> next) throws WeightsException {
    ForeignNode pool = next.getFirst();
    if (next.size() > 1) {
      throw foreign(next.get(1), "something beside the last pool reads the last block");
    }
    pass(pool);
    return pool;
  }

  private ForeignNetwork end(List<ForeignNode> next) throws WeightsException {
    ForeignNode pool = endOf(next);
    if (readersOf(at).isEmpty()) {
      return network.end(null, assumedGlobal(pool));
    }
    ForeignNode classifier = only();
    if (classifier.operation() == Plain.SOFTMAX) {
      throw foreign(classifier, "a classifier is missing between the pool and the softmax");
    }
    if (!(classifier.operation() instanceof Classify found)) {
      throw foreign(classifier, expected("the classifier", classifier));
    }
    pass(classifier);
    skip(Plain.SOFTMAX);
    if (!readersOf(at).isEmpty()) {
      throw foreign(only(), expected("the end", only()));
    }
    return network.end(found, assumedGlobal(pool));
  }

  /** A pool of a fixed window is global for one size of images, which the file does not tell. */
  private static int assumedGlobal(ForeignNode pool) {
    return pool.operation() instanceof AveragePool fixed ? fixed.window().kernel() : 0;
  }

  private static boolean isGlobalPool(Operation operation) {
    return operation == Plain.GLOBAL_POOL
        || (operation instanceof AveragePool pool && pool.window().kernel() > 3);
  }

  private NetworkBuilder.Normed normed() throws WeightsException {
    return normed(only());
  }

  /** A convolution with its norm, if one follows that nobody else reads past. */
  private NetworkBuilder.Normed normed(ForeignNode start) throws WeightsException {
    ForeignNode node = start;
    int padded = 0;
    if (node.operation() instanceof ZeroPad pad) {
      padded = pad.pixels();
      pass(node);
      node = only();
    }
    if (!(node.operation() instanceof Convolve convolution)) {
      throw foreign(node, expected("a convolution", node));
    }
    Window told = convolution.window();
    Window window =
        new Window(
            told.kernel(),
            told.stride(),
            told.before() + padded,
            told.after() + padded,
            told.ceil());
    if (!window.isCentred()) {
      throw foreign(
          node,
          "a kernel of %d has %d and %d pixels of padding: it must be odd, with half of it on each side"
              .formatted(window.kernel(), window.before(), window.after()));
    }
    pass(node);
    @Nullable Normalize norm = null;
    List<ForeignNode> next = next();
    if (next.size() == 1 && next.getFirst().operation() instanceof Normalize found) {
      norm = found;
      pass(next.getFirst());
    }
    return new NetworkBuilder.Normed(
        node.toString(), convolution.weight(), convolution.bias(), window.stride(), norm);
  }

  private List<ForeignNode> next() {
    return readersOf(at);
  }

  private List<ForeignNode> readersOf(String activation) {
    return readers.getOrDefault(activation, List.of());
  }

  private ForeignNode only() throws WeightsException {
    List<ForeignNode> next = next();
    if (next.isEmpty()) {
      throw new WeightsException(
          "it is not a ResNet that runs here: it ends at %s, before a pool and a classifier"
              .formatted(Printable.of(at)));
    }
    if (next.size() > 1) {
      throw foreign(next.get(1), "a second way begins, where none is expected");
    }
    return next.getFirst();
  }

  private void pass(ForeignNode node) {
    at = node.output();
  }

  private boolean skip(Plain operation) {
    List<ForeignNode> next = next();
    if (next.size() == 1 && next.getFirst().operation() == operation) {
      pass(next.getFirst());
      return true;
    }
    return false;
  }

  private static String expected(String what, ForeignNode node) {
    return node.operation() instanceof Unknown unknown
        ? unknown.why()
        : "%s is expected".formatted(what);
  }

  /** The finding that a node is no part of such a network. */
  static WeightsException foreign(ForeignNode node, String why) {
    String told = node.operation() instanceof Unknown unknown ? unknown.why() : why;
    return new WeightsException(
        "it is not a ResNet that runs here: at %s %s"
            .formatted(Printable.of(node.toString()), told));
  }
}
