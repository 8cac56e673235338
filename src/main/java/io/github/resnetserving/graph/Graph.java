package io.github.resnetserving.graph;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A network as the list of steps that compute it, in order: what every lowering is a loop over.
 * Immutable.
 *
 * @param steps each reads what steps before it made, or the input
 * @param activations what the steps make, by name, and the input
 * @param stages the activation that each stage ends with, the stem's first
 */
public record Graph(
    @JsonProperty("steps") List<Step> steps,
    @JsonProperty("activations") Map<String, Activation> activations,
    @JsonProperty("stages") List<String> stages) {

  /** The activation that the first step reads: the image. */
  public static final String INPUT = "input";

  /** The globally pooled last activation. */
  public static final String FEATURES = "features";

  /** What the classifier makes, where there is one. */
  public static final String LOGITS = "logits";

  /**
   * A (n, channels, side, side) tensor.
   *
   * @param range the name of the activation whose values it has: its own, or that of the one that
   *     it was pooled or padded from, with which it shares its range
   */
  public record Activation(int channels, int side, String range) {
    private Activation moved(int newChannels, int newSide) {
      return new Activation(newChannels, newSide, range);
    }
  }

  public Graph {
    steps = List.copyOf(steps);
    activations = Collections.unmodifiableMap(new LinkedHashMap<>(activations));
    stages = List.copyOf(stages);
  }

  /**
   * Returns the graph of a network.
   *
   * @param side of its square input in pixels
   */
  public static Graph of(Topology topology, int side) {
    List<Step> steps = new ArrayList<>();
    List<String> stages = new ArrayList<>();
    String x = INPUT;
    Adding adding = new Adding(steps, topology.norms());
    for (Convolution convolution : topology.stem()) {
      boolean relu = convolution.norm() != null; // else the first block has the activation
      x = adding.convolution(convolution, x, /* addend= */ null, relu);
    }
    if (topology.pooled()) {
      steps.add(new Step.MaxPool("maxpool", x, topology.pool()));
    }
    stages.add(steps.getLast().output());
    for (List<Block> stage : topology.stages()) {
      stage.forEach(adding::block);
      String lastNorm = topology.lastNorm();
      if (lastNorm != null && stages.size() == topology.stages().size()) {
        adding.norm(lastNorm);
      }
      stages.add(steps.getLast().output());
    }
    steps.add(new Step.GlobalPool(FEATURES, stages.getLast()));
    if (topology.classifies()) {
      steps.add(new Step.Linear(LOGITS, FEATURES, topology.classifier(), topology.classes()));
    }
    return of(side, steps, stages);
  }

  /**
   * Adds steps to those that there are.
   *
   * @param norms what the network's norms are
   */
  private record Adding(List<Step> steps, Topology.Norms norms) {

    private String last() {
      return steps.getLast().output();
    }

    /** Adds a convolution with its norm; returns the name of what both make. */
    String convolution(
        Convolution convolution, String input, @Nullable String addend, boolean relu) {
      String norm = convolution.norm();
      if (norm == null || norms == Topology.Norms.BATCH) {
        steps.add(new Step.Convolve(convolution, input, addend, relu));
      } else {
        steps.add(
            new Step.Convolve(convolution.alone(), input, /* addend= */ null, /* relu= */ false));
        steps.add(new Step.GroupNormalize(norm, convolution.name(), addend, relu));
      }
      return last();
    }

    /** Adds a norm of what was made last, and a ReLU. */
    void norm(String norm) {
      steps.add(
          switch (norms) {
            case BATCH -> new Step.Normalize(norm, last());
            case GROUP ->
                new Step.GroupNormalize(norm, last(), /* addend= */ null, /* relu= */ true);
          });
    }

    void block(Block block) {
      String shortcut = last();
      String preNorm = block.preNorm();
      if (preNorm != null) {
        norm(preNorm);
      }
      String x = last();
      Convolution projection = block.projection();
      if (projection != null) {
        String source = x;
        if (block.averages()) {
          source = projection.name() + ".pool";
          steps.add(new Step.AveragePool(source, x, block.stride()));
        }
        shortcut = convolution(projection, source, /* addend= */ null, /* relu= */ false);
      } else if (block.padsShortcut()) {
        shortcut = block.body().getLast().name() + ".pad";
        steps.add(new Step.Pad(shortcut, x, block.outputs(), block.stride()));
      }
      Block.Excitation excitation = block.excitation();
      for (Convolution convolution : block.body()) {
        boolean ends = convolution.equals(block.body().getLast());
        boolean adds = ends && excitation == null;
        boolean relu = !ends || (adds && block.rectifiesSum());
        x = convolution(convolution, x, adds ? shortcut : null, relu);
      }
      if (excitation != null) {
        excite(excitation, x, shortcut);
      }
      String sumNorm = block.sumNorm();
      if (sumNorm != null) {
        norm(sumNorm);
      }
    }

    private void excite(Block.Excitation excitation, String x, String shortcut) {
      String means = excitation.name() + ".mean";
      String reduce = excitation.reduce();
      String expand = excitation.expand();
      steps.add(new Step.GlobalPool(means, x));
      steps.add(
          new Step.Linear(reduce, means, reduce, excitation.squeezed(), Step.Linear.Function.RELU));
      steps.add(
          new Step.Linear(
              expand, reduce, expand, excitation.channels(), Step.Linear.Function.SIGMOID));
      steps.add(new Step.Excite(excitation.name(), x, expand, shortcut));
    }
  }

  /** Returns the graph of some steps, from which the activations' shapes follow. */
  public static Graph of(int side, List<Step> steps, List<String> stages) {
    Map<String, Activation> activations = new LinkedHashMap<>();
    activations.put(INPUT, new Activation(3, side, INPUT));
    for (Step step : steps) {
      activations.put(step.output(), output(step, found(activations, step.input())));
    }
    return new Graph(steps, activations, stages);
  }

  private static Activation output(Step step, Activation input) {
    return switch (step) {
      case Step.Convolve c ->
          new Activation(
              c.convolution().outputs(), c.convolution().outputSize(input.side()), c.output());
      case Step.Normalize _, Step.GroupNormalize _ ->
          new Activation(input.channels(), input.side(), step.output());
      case Step.MaxPool p -> input.moved(input.channels(), p.outputSide(input.side()));
      case Step.AveragePool p ->
          input.moved(input.channels(), Math.ceilDiv(input.side(), p.window()));
      case Step.Pad p -> input.moved(p.channels(), (input.side() - 1) / p.stride() + 1);
      case Step.GlobalPool _ -> input.moved(input.channels(), 1);
      case Step.Linear l -> new Activation(l.outputs(), 1, l.output());
      case Step.Excite e -> new Activation(input.channels(), input.side(), e.output());
    };
  }

  private static Activation found(Map<String, Activation> activations, String name) {
    Activation activation = activations.get(name);
    if (activation == null) {
      throw new IllegalArgumentException("no step makes the activation " + name);
    }
    return activation;
  }

  /** Returns an activation by its name. */
  public Activation activation(String name) {
    return found(activations, name);
  }

  /** Returns the steps up to the one that makes an activation. */
  public List<Step> upTo(String output) {
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i).output().equals(output)) {
        return steps.subList(0, i + 1);
      }
    }
    throw new IllegalArgumentException("no step makes the activation " + output);
  }

  /** Returns the steps that are convolutions, in order. */
  public Stream<Step.Convolve> convolutions() {
    return steps.stream().filter(Step.Convolve.class::isInstance).map(Step.Convolve.class::cast);
  }

  /** Returns the steps that are batch norms of their own, in order. */
  public Stream<Step.Normalize> normalizations() {
    return steps.stream().filter(Step.Normalize.class::isInstance).map(Step.Normalize.class::cast);
  }

  /** Returns the steps that are group norms, in order. */
  public Stream<Step.GroupNormalize> groupNorms() {
    return steps.stream()
        .filter(Step.GroupNormalize.class::isInstance)
        .map(Step.GroupNormalize.class::cast);
  }

  /** Returns the steps that are linear layers, the classifier last. */
  public Stream<Step.Linear> linears() {
    return steps.stream().filter(Step.Linear.class::isInstance).map(Step.Linear.class::cast);
  }

  /**
   * Returns the activations that are float32 where others are bytes: means, what linear layers make
   * of them, what is scaled by that, and what group norms read, with what it was pooled from or is
   * a sum of.
   */
  public Set<String> reals() {
    Set<String> reals = new HashSet<>();
    for (Step step : steps.reversed()) { // what reads an activation comes after what makes it
      switch (step) {
        case Step.GlobalPool p -> reals.add(p.output());
        case Step.Linear l -> reals.add(l.output());
        case Step.Excite e -> reals.add(e.input());
        case Step.GroupNormalize g -> reals.add(g.input());
        case Step.Convolve c when c.addend() != null && reals.contains(c.output()) ->
            reals.add(c.addend());
        case Step.MaxPool p when reals.contains(p.output()) -> reals.add(p.input());
        default -> {}
      }
    }
    return reals;
  }

  /** The activations in bytes whose values no other has: each needs a range of its own. */
  List<String> ranges() {
    Set<String> reals = reals();
    return upTo(last()).stream()
        .map(Step::output)
        .filter(name -> activation(name).range().equals(name) && !reals.contains(name))
        .toList();
  }

  /** The last activation with places: what is pooled and classified. */
  public String last() {
    return stages.getLast();
  }

  /** The classifier, or null where the network gives features alone. */
  public Step.@Nullable Linear classifier() {
    return steps.getLast() instanceof Step.Linear linear ? linear : null;
  }

  /** Channels of the last activation, and so numbers in the features. */
  public int width() {
    return activation(last()).channels();
  }

  /** Numbers in the logits; 0 where there is no classifier. */
  public int classes() {
    Step.Linear classifier = classifier();
    return classifier == null ? 0 : classifier.outputs();
  }
}
