package io.github.resnetserving.graph;

import io.github.resnetserving.models.NetworkOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A network's tensors by torchvision's names, the classifier's as {@code fc} or {@code linear}, and
 * what else was in the checkpoint.
 *
 * @param convention of the tensors' names in the checkpoint
 * @param prefix what the tensors' names begin with in the checkpoint; empty for nothing
 * @param tensors by torchvision's names
 * @param head the classifier's name in the checkpoint; null where there is none, or none is wanted
 * @param left names of the tensors that are no part of the network, as they are in the checkpoint
 */
record NetworkTensors<T>(
    NamingConvention convention,
    String prefix,
    SequencedMap<String, T> tensors,
    @Nullable String head,
    List<String> left) {

  private static final Pattern TRUNK = Pattern.compile("(conv1|bn1|bn|layer\\d+)\\..*");

  /** The last convolution of a block. */
  private static final Pattern LAST =
      Pattern.compile("layer(\\d{1,3})\\.(\\d{1,4})\\.conv[23]\\.weight");

  /** What only training computes with: further heads, losses, metrics, averages. */
  private static final Pattern AUXILIARY =
      Pattern.compile(
          "(?i)(aux.*|.*[._]?aux|auxiliary.*|crit|criterion.*|.*_criterion|.*loss.*|metrics?|"
              + ".*_metrics?|.*_acc|.*accuracy|ema.*|.*_ema|center|centers)\\..*");

  private static final List<String> USUAL_HEADS = List.of("fc", "linear");

  /** Hugging Face's classifier follows a flattening. */
  private static final String HUGGING_FACE_HEAD = "classifier.1";

  /**
   * Finds a network among tensors.
   *
   * @param shape a tensor's sizes
   * @throws NetworkException if it is not clear which tensors are meant; the message names the
   *     options that say it
   */
  static <T> NetworkTensors<T> of(
      SequencedMap<String, T> all, Function<T, List<Integer>> shape, NetworkOptions options)
      throws NetworkException {
    PartialWeights.requireNone(all.keySet());
    return new Search<>(TensorNames.find(all, options.prefix()), shape, options).result();
  }

  private static final class Search<T> {

    private final TensorNames<T> names;
    private final Function<T, List<Integer>> shape;
    private final NetworkOptions options;
    private final int width;
    private final List<String> left = new ArrayList<>();

    /** Where tensors lie: below the network's prefix, or in the module that holds the network. */
    private enum Place {
      INSIDE,
      AROUND
    }

    /** The classifier, by the name that it has in its place. */
    private record Head(String name, Place place) {

      boolean owns(String tensor) {
        return tensor.equals(name + ".weight") || tensor.equals(name + ".bias");
      }
    }

    Search(TensorNames<T> names, Function<T, List<Integer>> shape, NetworkOptions options) {
      this.names = names;
      this.shape = shape;
      this.options = options;
      this.width = width();
    }

    NetworkTensors<T> result() throws NetworkException {
      @Nullable Head head = options.isHeadless() ? null : head();
      SequencedMap<String, T> network = new LinkedHashMap<>();
      names
          .inside()
          .forEach((name, tensor) -> {
            if (head != null && head.place() == Place.INSIDE && head.owns(name)) {
              network.put(renamed(head, name), tensor);
            } else if (TRUNK.matcher(name).matches() || !mayBeLeft(name)) {
              network.put(name, tensor);
            } else {
              left.add(names.prefix() + name);
            }
          });
      names
          .around()
          .forEach((name, tensor) -> {
            if (head != null && head.place() == Place.AROUND && head.owns(name)) {
              network.put(renamed(head, name), tensor);
            } else {
              left.add(names.parent() + name);
            }
          });
      left.addAll(names.beside());
      return new NetworkTensors<>(
          names.convention(),
          names.prefix(),
          network,
          head == null ? null : before(head.place()) + head.name(),
          left);
    }

    /** Whether a tensor inside the network's module is certain to take no part in it. */
    private boolean mayBeLeft(String name) {
      boolean otherHead =
          options.head() != null && (options.isHeadless() || isOfLinear(name, names.inside()));
      return otherHead || AUXILIARY.matcher(name).matches();
    }

    private static String renamed(Head head, String tensor) {
      String part = tensor.substring(head.name().length());
      return (USUAL_HEADS.contains(head.name()) ? head.name() : "fc") + part;
    }

    private @Nullable Head head() throws NetworkException {
      @Nullable String asked = options.head();
      if (asked != null) {
        return checked(named(asked));
      }
      for (Place place : Place.values()) {
        for (String name : USUAL_HEADS) {
          if (in(place).containsKey(name + ".weight")) {
            return new Head(name, place);
          }
        }
        if (in(place).containsKey(HUGGING_FACE_HEAD + ".weight")) {
          return checked(new Head(HUGGING_FACE_HEAD, place));
        }
      }
      List<String> candidates = candidates();
      if (!candidates.isEmpty()) {
        throw new NetworkException(
            ("the classifier is expected as fc or linear (weight and bias), and there is neither;"
                    + " there is %s. Name the classifier with --head (head in model.json), or say"
                    + " --head none for a model that gives features alone")
                .formatted(NetworkException.some(candidates)));
      }
      return null;
    }

    private SequencedMap<String, T> in(Place place) {
      return switch (place) {
        case INSIDE -> names.inside();
        case AROUND -> names.around();
      };
    }

    /** What the names of a place's tensors begin with in the checkpoint. */
    private String before(Place place) {
      return switch (place) {
        case INSIDE -> names.prefix();
        case AROUND -> names.parent();
      };
    }

    private Head named(String asked) throws NetworkException {
      for (Place place : Place.values()) {
        String before = before(place);
        for (String name :
            asked.startsWith(before)
                ? List.of(asked, asked.substring(before.length()))
                : List.of(asked)) {
          if (in(place).containsKey(name + ".weight") && !TRUNK.matcher(name + ".").matches()) {
            return new Head(name, place);
          }
        }
      }
      List<String> candidates = candidates();
      throw new NetworkException(
          "there is no classifier %s: neither %s.weight nor one below the network's prefix; there is %s"
              .formatted(
                  asked,
                  asked,
                  candidates.isEmpty() ? "none at all" : NetworkException.some(candidates)));
    }

    /** A classifier is one linear layer on the features, and nothing lies between. */
    private Head checked(Head head) throws NetworkException {
      T weight = in(head.place()).get(head.name() + ".weight");
      List<Integer> sizes = weight == null ? List.of() : shape.apply(weight);
      if (sizes.size() != 2 || (width > 0 && sizes.get(1) != width)) {
        throw new NetworkException(
            "%s.weight is %s: a classifier of this network is [classes, %d]"
                .formatted(head.name(), sizes, width));
      }
      int dot = head.name().lastIndexOf('.');
      if (dot < 0) {
        return head;
      }
      String module = head.name().substring(0, dot + 1);
      boolean inSequence = head.name().substring(dot + 1).matches("\\d+");
      List<String> others = new ArrayList<>();
      for (String name : in(head.place()).keySet()) {
        if (name.startsWith(module)
            && !head.owns(name)
            && (inSequence || !isOfLinear(name, in(head.place())))) {
          others.add(name);
        }
      }
      if (!others.isEmpty()) {
        throw new NetworkException(
            ("the classifier %s has company: %s. A classifier of several layers is not run; --head"
                    + " none gives a model of features alone")
                .formatted(head.name(), NetworkException.some(others)));
      }
      return head;
    }

    /** Whether a tensor is the weight or the bias of a linear layer on the features. */
    private boolean isOfLinear(String name, SequencedMap<String, T> among) {
      int dot = name.lastIndexOf('.');
      if (dot < 0 || TRUNK.matcher(name).matches()) {
        return false;
      }
      T weight = among.get(name.substring(0, dot) + ".weight");
      List<Integer> sizes = weight == null ? List.of() : shape.apply(weight);
      return sizes.size() == 2
          && sizes.get(1) == width
          && (name.endsWith(".weight") || name.endsWith(".bias"));
    }

    private List<String> candidates() {
      List<String> candidates = new ArrayList<>();
      for (Place place : Place.values()) {
        in(place)
            .forEach((name, tensor) -> {
              if (name.endsWith(".weight")
                  && isOfLinear(name, in(place))
                  && !AUXILIARY.matcher(name).matches()) {
                candidates.add(
                    "%s (%s classes)"
                        .formatted(
                            before(place) + name.substring(0, name.length() - ".weight".length()),
                            shape.apply(tensor).getFirst()));
              }
            });
      }
      return candidates;
    }

    /** Channels of the last block; 0 where it is not found. */
    private int width() {
      long last = -1;
      int found = 0;
      for (Map.Entry<String, T> entry : names.inside().entrySet()) {
        Matcher matcher = LAST.matcher(entry.getKey());
        if (matcher.matches() && shape.apply(entry.getValue()).size() == 4) {
          long position =
              Long.parseLong(matcher.group(1)) * 100_000
                  + Long.parseLong(matcher.group(2)) * 10
                  + (entry.getKey().contains(".conv3.") ? 3 : 2);
          if (position > last) {
            last = position;
            found = shape.apply(entry.getValue()).getFirst();
          }
        }
      }
      return found;
    }
  }
}
