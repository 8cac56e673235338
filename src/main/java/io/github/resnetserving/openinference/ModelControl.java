package io.github.resnetserving.openinference;

import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.openinference.ProtocolException.Kind;
import io.github.resnetserving.rest.request.RequestDeadline;
import io.github.resnetserving.serving.ModelManager;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Loads and unloads models as Triton's model repository extension has it: the answer comes when the
 * model does, or no longer does. Whether the caller may is decided before. Thread-safe.
 */
final class ModelControl {

  private final InferenceCalls calls;
  private final ModelManager manager;
  private final ModelRegistry registry;

  ModelControl(InferenceCalls calls, ModelManager manager, ModelRegistry registry) {
    this.calls = calls;
    this.manager = manager;
    this.registry = registry;
  }

  /**
   * Loads the newest version of a model, fetching it first if need be, in the place of another one.
   *
   * @throws ProtocolException if there is no such model, or it does not answer then
   */
  void load(String name) throws ProtocolException, InterruptedException {
    String model = calls.base(name);
    try {
      Optional<CompletableFuture<Void>> loading =
          ModelSpec.isName(model) ? manager.load(model, null) : Optional.empty();
      await(loading.orElseThrow(() -> failed(name, "there is no model of this name")), name);
    } catch (ModelException e) {
      throw failed(name, String.valueOf(e.getMessage()));
    }
    List<ModelState> states = registry.versions(model);
    switch (states.isEmpty() ? null : states.getLast()) {
      case ModelState.Ready _ -> {}
      case ModelState.Failed newest -> throw failed(name, newest.reason());
      case ModelState.Unfetched newest -> throw failed(name, newest.reason());
      case null, default -> throw failed(name, "it does not answer");
    }
  }

  /**
   * Withdraws every version of a model.
   *
   * @throws ProtocolException if none answers
   */
  void unload(String name) throws ProtocolException, InterruptedException {
    Optional<CompletableFuture<Void>> unloading = manager.unload(calls.base(name));
    await(
        unloading.orElseThrow(() ->
            new ProtocolException(
                Kind.INVALID,
                "failed to unload '%s': no model of this name answers."
                    .formatted(ProtocolException.clipped(name)))),
        name);
  }

  private static void await(CompletableFuture<Void> order, String name)
      throws ProtocolException, InterruptedException {
    try {
      var _ = order.get(RequestDeadline.LONGEST_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw failed(name, reason(e));
    } catch (TimeoutException e) {
      throw new ProtocolException(
          Kind.TIMED_OUT, "%s is still on its way: ask whether it is ready.".formatted(name));
    }
  }

  private static String reason(ExecutionException e) {
    return switch (e.getCause()) {
      case ModelException cause -> String.valueOf(cause.getMessage());
      case InterruptedException _ -> "the server is shutting down";
      case null, default -> "a defect of the server, which its log tells";
    };
  }

  private static ProtocolException failed(String name, String reason) {
    return new ProtocolException(
        Kind.INVALID,
        "failed to load '%s': %s.".formatted(ProtocolException.clipped(name), reason));
  }

  /**
   * Checks the body of a request to load or unload a model: a JSON object or nothing.
   *
   * @throws ProtocolException if it is another, or asks for what is not served
   */
  static void requireSupported(byte[] body) throws ProtocolException {
    if (body.length == 0) {
      return;
    }
    JsonMembers json = new JsonMembers(body, body.length);
    try (JsonParser parser = json.parser()) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw ProtocolException.invalid("The body must be a JSON object, or nothing.");
      }
      for (String name = json.member(); name != null; name = json.member()) {
        if (name.equals("parameters")) {
          json.readParameters(parameter -> {
            requireSupported(parameter);
            json.skip();
          });
        } else {
          json.skip();
        }
      }
    } catch (JacksonException e) {
      throw ProtocolException.invalid(
          "The body is not JSON: %s.".formatted(ProtocolException.clipped(e.getOriginalMessage())));
    }
  }

  /** Refuses a model's configuration or files in a request: models come from their folder alone. */
  static void requireSupported(String parameter) throws ProtocolException {
    if (parameter.equals("config") || parameter.startsWith("file:")) {
      throw ProtocolException.invalid(
          "failed to load: %s is not supported. Models come from the server's folder as they are."
              .formatted(ProtocolException.clipped(parameter)));
    }
  }
}
