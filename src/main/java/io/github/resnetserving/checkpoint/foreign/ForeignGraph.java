package io.github.resnetserving.checkpoint.foreign;

import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Plain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A network of another library as the nodes that compute it. Immutable.
 *
 * @param input the activation that the image is
 * @param nodes in any order
 */
public record ForeignGraph(String input, List<ForeignNode> nodes) {

  public ForeignGraph {
    nodes = List.copyOf(nodes);
  }

  /**
   * The nodes that read each activation. What passes an activation on is left out: its readers read
   * the activation itself.
   */
  Map<String, List<ForeignNode>> readers() {
    Map<String, String> passed = new HashMap<>();
    for (ForeignNode node : nodes) {
      if (node.operation() == Plain.PASS && !node.inputs().isEmpty()) {
        passed.put(node.output(), node.inputs().getFirst());
      }
    }
    Map<String, List<ForeignNode>> readers = new HashMap<>();
    for (ForeignNode node : nodes) {
      if (node.operation() != Plain.PASS) {
        for (String read :
            node.inputs().stream().map(name -> origin(name, passed)).distinct().toList()) {
          readers.computeIfAbsent(read, _ -> new ArrayList<>()).add(node);
        }
      }
    }
    return readers;
  }

  /** A hostile file may pass an activation on to itself: no chain is longer than the map. */
  private static String origin(String name, Map<String, String> passed) {
    List<String> chain = new ArrayList<>();
    String at = name;
    while (passed.containsKey(at) && chain.size() < passed.size()) {
      chain.add(at);
      at = passed.getOrDefault(at, at);
    }
    String end = at;
    chain.forEach(link -> passed.put(link, end)); // so that long chains are walked once
    return at;
  }
}
