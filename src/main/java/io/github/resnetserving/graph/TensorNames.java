package io.github.resnetserving.graph;

import io.github.resnetserving.checkpoint.Checkpoint.StateDictInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds a residual network's tensors among those of a checkpoint and renames them to torchvision's
 * names.
 *
 * @param prefix what the tensors' names begin with in the checkpoint; empty for nothing
 * @param convention of the names below the prefix
 * @param inside the tensors below the prefix, by torchvision's names
 * @param around the tensors of the module that holds the network, by the names that they have there
 * @param beside the names of all others, as they are in the checkpoint
 */
record TensorNames<T>(
    String prefix,
    NamingConvention convention,
    SequencedMap<String, T> inside,
    SequencedMap<String, T> around,
    List<String> beside) {

  /** What training and measuring count: batches, operations, parameters, averaged steps. */
  private static final Set<String> COUNTERS =
      Set.of("num_batches_tracked", "total_ops", "total_params", "n_averaged");

  /**
   * Finds the network.
   *
   * @param prefix what its names begin with; null for the only prefix that there is, or the only
   *     one that does not tell of an average
   * @throws NetworkException if there are several networks and it is not said which, or none of
   *     that prefix
   */
  static <T> TensorNames<T> find(SequencedMap<String, T> tensors, @Nullable String prefix)
      throws NetworkException {
    SequencedMap<String, T> counted = new LinkedHashMap<>(tensors);
    counted.keySet().removeIf(TensorNames::isCounter);
    String chosen = choose(prefixes(counted.keySet()), prefix);
    String parent = parent(chosen);
    SequencedMap<String, T> inside = new LinkedHashMap<>();
    SequencedMap<String, T> around = new LinkedHashMap<>();
    List<String> beside = new ArrayList<>();
    NamingConvention convention =
        NamingConvention.of(
            counted.keySet().stream()
                .filter(name -> name.startsWith(chosen))
                .map(name -> name.substring(chosen.length()))
                .collect(Collectors.toSet()));
    for (Map.Entry<String, T> entry : counted.entrySet()) {
      String name = entry.getKey();
      if (name.startsWith(chosen)) {
        String renamed = convention.canonical(name.substring(chosen.length()));
        if (inside.put(renamed, entry.getValue()) != null) {
          throw new NetworkException("two tensors are both called " + renamed);
        }
      } else if (name.startsWith(parent)) {
        around.put(name.substring(parent.length()), entry.getValue());
      } else {
        beside.add(name);
      }
    }
    return new TensorNames<>(chosen, convention, inside, around, beside);
  }

  /** What {@code around}'s names begin with in the checkpoint. */
  String parent() {
    return parent(prefix);
  }

  private static String parent(String prefix) {
    int dot = prefix.lastIndexOf('.', prefix.length() - 2);
    return dot < 0 ? "" : prefix.substring(0, dot + 1);
  }

  private static boolean isCounter(String name) {
    return COUNTERS.contains(name.substring(name.lastIndexOf('.') + 1));
  }

  /** The prefixes below which a residual network begins, in the checkpoint's order. */
  static SequencedSet<String> prefixes(Set<String> names) {
    SequencedSet<String> prefixes = new LinkedHashSet<>();
    Set<String> staged = new LinkedHashSet<>();
    for (String name : names) {
      for (String first : NamingConvention.FIRST_STAGES) {
        int stage = ("." + name).indexOf("." + first);
        if (stage >= 0) {
          staged.add(name.substring(0, stage));
        }
      }
    }
    for (String name : names) {
      String embedded = NamingConvention.EMBEDDED_STEM;
      if (name.endsWith(embedded)) {
        prefixes.add(name.substring(0, name.length() - embedded.length()));
      }
      for (String stem : NamingConvention.STEMS) {
        if (name.endsWith(stem) && staged.contains(before(name, stem))) {
          prefixes.add(before(name, stem));
        }
      }
    }
    prefixes.removeIf(prefix -> !prefix.isEmpty() && !prefix.endsWith("."));
    return prefixes;
  }

  private static String before(String name, String end) {
    return name.substring(0, name.length() - end.length());
  }

  private static String choose(SequencedSet<String> prefixes, @Nullable String asked)
      throws NetworkException {
    if (asked != null) {
      if (!prefixes.contains(asked)) {
        throw new NetworkException(
            "no network's names begin with \"%s\"; there are those that begin with: %s"
                .formatted(asked, listed(prefixes)));
      }
      return asked;
    }
    List<String> plain =
        prefixes.stream().filter(prefix -> !StateDictInfo.namesAnAverage(below(prefix))).toList();
    if (plain.size() == 1) {
      return plain.getFirst();
    }
    if (prefixes.size() == 1) {
      return prefixes.getFirst();
    }
    if (prefixes.isEmpty()) {
      return "";
    }
    throw new NetworkException(
        "there are %d networks, whose names begin with: %s. Choose one with --prefix (prefix in model.json)"
            .formatted(prefixes.size(), listed(prefixes)));
  }

  /** Without the dot at its end. */
  private static String below(String prefix) {
    return prefix.isEmpty() ? "" : prefix.substring(0, prefix.length() - 1);
  }

  private static String listed(SequencedSet<String> prefixes) {
    return NetworkException.some(
        prefixes.stream().map(prefix -> prefix.isEmpty() ? "nothing (\"\")" : prefix).toList());
  }
}
