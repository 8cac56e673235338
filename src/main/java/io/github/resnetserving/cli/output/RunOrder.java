package io.github.resnetserving.cli.output;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The order in which a run comes to its images: by the words that were named, and below a folder by
 * the names on the way, one after another. Thread-safe.
 */
final class RunOrder {

  private final Map<String, Integer> words = new HashMap<>();

  /** The place of an image. */
  record Place(int word, Path path) implements Comparable<Place> {

    @Override
    public int compareTo(Place other) {
      int order = Integer.compare(word, other.word);
      int common = Math.min(path.getNameCount(), other.path.getNameCount());
      for (int i = 0; order == 0 && i < common; i++) {
        order = path.getName(i).compareTo(other.path.getName(i));
      }
      return order == 0 ? Integer.compare(path.getNameCount(), other.path.getNameCount()) : order;
    }
  }

  RunOrder(List<String> words) {
    for (String word : words) {
      this.words.putIfAbsent(Path.of(word).toString(), this.words.size());
    }
  }

  /** The place of an image by its name; the first word that is on the way counts. */
  Place of(String id) {
    Path path = Path.of(id);
    int word = words.size();
    for (Path at = path; at != null; at = at.getParent()) {
      word = Math.min(word, words.getOrDefault(at.toString(), word));
    }
    return new Place(word, path);
  }
}
