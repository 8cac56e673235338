package io.github.resnetserving.graph;

import io.github.resnetserving.checkpoint.Checkpoint;
import io.github.resnetserving.checkpoint.Checkpoint.StateDictInfo;
import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.models.NetworkOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A weights file that is open as a network. Immutable and safe for use by many threads, until it is
 * closed.
 */
public final class NetworkFile implements AutoCloseable {

  private final Checkpoint checkpoint;
  private final Network network;
  private final Reading reading;

  private NetworkFile(Checkpoint checkpoint, Network network, Reading reading) {
    this.checkpoint = checkpoint;
    this.network = network;
    this.reading = reading;
  }

  /**
   * Opens a file.
   *
   * @param options what it does not tell
   * @throws IOException if it cannot be read, or holds no network that runs here; the message
   *     begins with the file's name where it cannot be read
   */
  public static NetworkFile open(URI weights, NetworkOptions options) throws IOException {
    Checkpoint checkpoint = Checkpoint.open(weights, options.stateDict());
    boolean opened = false;
    try {
      Network network = Network.of(checkpoint.tensors(), options);
      NetworkFile file = new NetworkFile(checkpoint, network, reading(checkpoint, network));
      opened = true;
      return file;
    } finally {
      if (!opened) {
        checkpoint.close();
      }
    }
  }

  /**
   * Finds out a network's shape without looking at its weights.
   *
   * @throws IOException as {@link #open}
   */
  public static Topology topology(URI weights, NetworkOptions options) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(weights, options.stateDict())) {
      return Network.topologyOf(checkpoint.tensors(), options);
    }
  }

  /**
   * What to say so that the average over training is taken, which EMA and SWA leave in a file
   * beside the weights themselves: the options with the name of its state dict, or with its prefix.
   *
   * @throws IOException if the file cannot be read, or has no average or several
   */
  public static NetworkOptions averaged(URI weights, NetworkOptions options) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(weights)) {
      List<String> dicts =
          checkpoint.stateDicts().stream()
              .filter(StateDictInfo::isAveraged)
              .map(StateDictInfo::name)
              .toList();
      List<String> prefixes =
          TensorNames.prefixes(checkpoint.tensors().keySet()).stream()
              .filter(prefix -> StateDictInfo.namesAnAverage(prefix.replaceAll("\\.$", "")))
              .toList();
      if (dicts.size() == 1 && prefixes.isEmpty()) {
        return options.withStateDict(dicts.getFirst());
      }
      if (prefixes.size() == 1 && dicts.isEmpty()) {
        return options.withPrefix(prefixes.getFirst());
      }
      List<String> both = new ArrayList<>(dicts);
      both.addAll(prefixes);
      throw new NetworkException(
          both.isEmpty()
              ? "there is no average of the weights, as EMA or SWA takes one; there is: %s"
                  .formatted(named(checkpoint.stateDicts()))
              : "there are several averages of the weights: %s. Name one with --state-dict or --prefix"
                  .formatted(NetworkException.some(both)));
    }
  }

  /**
   * Writes the weights of a file for images whose channels come in the other order, so that red,
   * green, blue may be shown to a network that was trained on blue, green, red: the kernels that
   * read the image are turned round, and all else is copied.
   *
   * @param stateDict which state dict of the file; null for the usual one
   * @throws IOException if the file cannot be read or written
   */
  public static void swapChannels(URI weights, @Nullable String stateDict, Path target)
      throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(weights, stateDict)) {
      SafetensorsWriter.copy(
          target,
          checkpoint,
          (name, source) ->
              NamingConvention.readsImage(name, source.shape())
                  ? source.withReversedInputs()
                  : source);
    }
  }

  private static String named(List<StateDictInfo> dicts) {
    return dicts.stream().map(StateDictInfo::toString).collect(Collectors.joining(", "));
  }

  private static Reading reading(Checkpoint checkpoint, Network network) {
    Reading of = network.reading();
    StateDictInfo taken = checkpoint.stateDict();
    List<StateDictInfo> others =
        checkpoint.stateDicts().stream().filter(dict -> !dict.equals(taken)).toList();
    List<String> notes = new ArrayList<>();
    if (checkpoint.hasProgram()) {
      notes.add(
          "the file is TorchScript: its weights are taken, its program is neither run nor looked"
              + " at. Where that does more than a ResNet, as standardising the image, say so with"
              + " --mean and --std");
    }
    if (others.isEmpty()) {
      notes.addAll(of.notes());
      return new Reading(of.options(), of.assumptions(), notes);
    }
    notes.add(
        "taken is %s; the file has %s, too: %s"
            .formatted(
                taken,
                named(others),
                others.size() == 1 && others.getFirst().isAveraged()
                    ? "--ema takes that"
                    : "--state-dict NAME takes another"));
    notes.addAll(of.notes());
    return new Reading(of.options().withStateDict(taken.name()), of.assumptions(), notes);
  }

  public Network network() {
    return network;
  }

  /** How the file was understood. */
  public Reading reading() {
    return reading;
  }

  /** The file itself. */
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
