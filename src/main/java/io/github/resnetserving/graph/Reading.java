package io.github.resnetserving.graph;

import io.github.resnetserving.checkpoint.Checkpoint.StateDictInfo;
import io.github.resnetserving.checkpoint.Tensor;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.NetworkOptions.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * How a checkpoint was understood as a network.
 *
 * @param options what names and shapes do not tell, as it was said or assumed: nothing in it is
 *     left to be assumed but what cannot be meant otherwise
 * @param assumptions a sentence for each thing that was assumed, with the option that says
 *     otherwise
 * @param notes a sentence for each thing in the checkpoint that was passed over, and on where the
 *     network was found
 */
public record Reading(NetworkOptions options, List<String> assumptions, List<String> notes) {

  public Reading {
    assumptions = List.copyOf(assumptions);
    notes = List.copyOf(notes);
  }

  static Reading of(
      NetworkTensors<Tensor> found,
      Topology topology,
      SequencedMap<String, Tensor> all,
      NetworkOptions asked) {
    boolean several = TensorNames.prefixes(all.keySet()).size() > 1;
    boolean usualHead = asked.head() == null && found.head() != null;
    NetworkOptions options =
        new NetworkOptions(
            topology.isBottleneck()
                ? Objects.requireNonNullElse(topology.variant(), asked.variantOrUsual())
                : asked.variant(),
            topology.first().stride(),
            topology.pooled(),
            usualHead ? null : topology.classifies() ? asked.head() : NetworkOptions.NO_HEAD,
            asked.stateDict(),
            several ? found.prefix() : asked.prefix());
    return new Reading(options, assumptions(topology, asked), notes(found, topology, all));
  }

  private static List<String> assumptions(Topology topology, NetworkOptions asked) {
    List<String> assumptions = new ArrayList<>();
    int kernel = topology.first().kernel();
    int count = topology.stem().size();
    if (asked.stemStride() == null) {
      assumptions.add(
          "the first %s, %d×%d, has stride %d (--stem-stride, stem_stride in model.json)"
              .formatted(
                  count > 1 ? "of %d convolutions".formatted(count) : "convolution",
                  kernel,
                  kernel,
                  topology.first().stride()));
    }
    if (asked.stemPool() == null) {
      assumptions.add(
          "%s max pool%s follows the first convolution%s (%s, stem_pool in model.json)"
              .formatted(
                  topology.pooled() ? "a 3×3" : "no",
                  topology.pool() == Topology.Pool.BEYOND ? " without padding, as in Caffe," : "",
                  count > 1 ? "s" : "",
                  topology.pooled() ? "--no-stem-pool" : "--stem-pool"));
    }
    if (asked.variant() == null && topology.isBottleneck()) {
      assumptions.add(
          topology.variant() == Variant.V1
              ? "bottlenecks have their stride in the first 1×1 convolution, as in Caffe, which the"
                  + " names tell (--variant v1.5 for the 3×3 convolution, variant in model.json)"
              : "bottlenecks have their stride in the 3×3 convolution, as in torchvision's v1.5"
                  + " (--variant v1 for the first 1×1 convolution, variant in model.json)");
    }
    if (topology.norms() == Topology.Norms.GROUP) {
      assumptions.add(
          "no norm has running statistics, so that they are group norms of %d groups%s; --check DIR compares with labelled images"
              .formatted(
                  Step.GroupNormalize.GROUPS,
                  topology.pool() == Topology.Pool.ZEROS
                      ? ", and as in BiT convolutions have standardised weights and the max pool"
                          + " has zeros around the map"
                      : ""));
    }
    if (!topology.classifies() && asked.head() == null) {
      assumptions.add(
          "there is no classifier, so that the model gives features alone, and no classes (--head,"
              + " head in model.json)");
    }
    return assumptions;
  }

  private static List<String> notes(
      NetworkTensors<Tensor> found, Topology topology, SequencedMap<String, Tensor> all) {
    List<String> notes = new ArrayList<>();
    for (String other : TensorNames.prefixes(all.keySet())) {
      if (!other.equals(found.prefix())) {
        notes.add(
            "taken are the tensors whose names begin with \"%s\"; another network's begin with \"%s\", which %s takes"
                .formatted(
                    found.prefix(),
                    other,
                    StateDictInfo.namesAnAverage(other.replaceAll("\\.$", ""))
                        ? "--ema"
                        : "--prefix " + other));
      }
    }
    @Nullable String head = found.head();
    if (topology.classifies() && head != null && !head.startsWith(found.prefix())) {
      notes.add(
          "the classifier is %s, beside the network, whose names begin with \"%s\""
              .formatted(head, found.prefix()));
    }
    List<String> left = found.left();
    if (!left.isEmpty()) {
      notes.add(
          "%s no part of the network and left: %s"
              .formatted(
                  left.size() == 1 ? "1 tensor is" : left.size() + " tensors are",
                  NetworkException.some(left)));
    }
    for (String name : left) {
      Tensor tensor = all.get(name);
      if (tensor != null && tensor.count() == 3 && name.matches("(?i).*(mean|std)$")) {
        notes.add(
            "%s may be what the input is standardised by: compare it with --mean and --std"
                .formatted(name));
      }
    }
    return notes;
  }
}
