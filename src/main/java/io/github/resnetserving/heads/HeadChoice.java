package io.github.resnetserving.heads;

import io.github.resnetserving.models.ModelSpec;
import java.util.List;

/** Which heads a request is for. Thread-safe. */
@FunctionalInterface
public interface HeadChoice {

  /** None: the model's own classifier answers. */
  HeadChoice NONE = _ -> List.of();

  /**
   * The heads, once it is known which model answers.
   *
   * @return in the request's order
   * @throws HeadException if there is no such head, or it cannot be used with the model
   */
  List<Head> of(ModelSpec model) throws HeadException;

  /** Chooses a head that has been found already; it is checked against the model. */
  static HeadChoice of(Head head) {
    return model -> {
      head.requireBackbone(model);
      return List.of(head);
    };
  }
}
