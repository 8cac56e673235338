package io.github.resnetserving.models;

import java.util.List;
import java.util.Optional;

/** Models that are on this machine. Thread-safe; each call reads the source anew. */
public interface ModelSource {

  /** Every model's name. */
  List<String> names() throws ModelException;

  /** A model's versions, the newest first; none if there is no model of that name. */
  List<String> versions(String name) throws ModelException;

  /** One version of a model, or nothing if it is not there. */
  Optional<ModelSpec> find(String name, String version) throws ModelException;

  /** The newest version of a model, or nothing if there is no model of that name. */
  default Optional<ModelSpec> find(String name) throws ModelException {
    List<String> versions = versions(name);
    return versions.isEmpty() ? Optional.empty() : find(name, versions.getFirst());
  }
}
