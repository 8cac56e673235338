package io.github.resnetserving.evaluation;

import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineLoader;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.heads.Head;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.NetworkInput;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Gatherers;
import java.util.stream.Stream;

/**
 * Shows labelled images to a network. Images are decoded as the server does while others are
 * computed; no more than some batches are in memory. Belongs to one thread.
 */
public final class Evaluator implements AutoCloseable {

  /** Views that are computed together where they have one size. */
  private static final int BATCH = 8;

  private final ModelSpec model;
  private final Views views;
  private final Optional<Head> head;
  private final InferenceEngine engine;
  private final ImagePipeline images = new ImagePipeline(DecodePolicy.DEFAULT);

  private Evaluator(ModelSpec model, Views views, Optional<Head> head, InferenceEngine engine) {
    this.model = model;
    this.head = head;
    this.views = views;
    this.engine = engine;
  }

  /**
   * Loads a network.
   *
   * @param options how to compute; batch and plan are chosen here, since images of many sizes go
   *     through the fused plan only, one at a time
   * @throws IOException if it does not run here; the message says why
   */
  public static Evaluator open(ModelSpec model, EngineOptions options, Views views)
      throws IOException {
    return open(model, options, views, Optional.empty());
  }

  /**
   * Likewise with a head in the place of the network's classifier.
   *
   * @throws IOException also if the head belongs to another network
   */
  public static Evaluator open(
      ModelSpec model, EngineOptions options, Views views, Optional<Head> head) throws IOException {
    if (head.isPresent()) {
      head.get().requireBackbone(model);
    } else if (!model.classifies()) {
      throw new ModelException(
          "%s has no classifier, so that there is nothing to evaluate: it gives features alone"
              .formatted(model.name()));
    }
    if (views instanceof Views.TenCrops
        && model.preprocessing().resize() == model.preprocessing().crop()) {
      throw new ModelException(
          "%s takes the whole short edge of %d pixels as its crop, so that ten crops have no other place: evaluate it with one crop, or at several scales"
              .formatted(model.name(), model.preprocessing().crop()));
    }
    EngineOptions own =
        views instanceof Views.Scales
            ? options.withBatch(1).with(PlanKind.FUSED)
            : options.withBatch(BATCH);
    try {
      return new Evaluator(model, views, head, new EngineLoader().load(model, own));
    } catch (EngineException e) {
      throw new ModelException(String.valueOf(e.getMessage()), e);
    }
  }

  /** What computes. */
  public PlanReport plan() {
    return engine.report();
  }

  /**
   * Runs images and tells the answers in their order.
   *
   * @throws IOException if an image cannot be read, the network fails, or its answer is not finite;
   *     the message names the image
   */
  public void run(Stream<Sample.Image> labelled, Consumer<Sample> answers) throws IOException {
    Iterator<List<Prepared>> batches =
        labelled
            .gather(Gatherers.mapConcurrent(2 * BATCH, this::prepare))
            .gather(Gatherers.windowFixed(BATCH))
            .iterator();
    try {
      while (batches.hasNext()) {
        List<Prepared> batch = batches.next();
        Iterator<NetworkOutput> outputs =
            compute(batch.stream().flatMap(image -> image.views().stream()).toList()).iterator();
        for (Prepared image : batch) {
          List<float[]> logits = new ArrayList<>();
          List<float[]> features = new ArrayList<>();
          for (int view = 0; view < image.views().size(); view++) {
            NetworkOutput output = outputs.next();
            logits.add(logits(output));
            features.add(output.features());
          }
          answers.accept(new Sample(image.image(), logits, features));
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (EngineException | IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private float[] logits(NetworkOutput output) {
    return head.map(own -> own.logits(output.features())).orElse(output.logits());
  }

  /**
   * Runs images, and sums up the answers with the time that they took.
   *
   * @param name what tells this run from others
   * @param temperature that probabilities are given at; 1 for the plain softmax
   * @param answers hears of each image and its best classes, in the images' order
   * @throws IOException as {@link #run}
   */
  public Report.Run evaluate(
      String name,
      double temperature,
      Stream<Sample.Image> labelled,
      BiConsumer<Sample, List<Prediction>> answers)
      throws IOException {
    Evaluation result = new Evaluation(head.map(Head::labels).orElse(model.labels()));
    long start = System.nanoTime();
    run(labelled, sample -> answers.accept(sample, result.add(sample, temperature)));
    double seconds = (System.nanoTime() - start) / 1e9;
    PlanReport plan = plan();
    return new Report.Run(name, "%s on %s".formatted(plan.plan(), plan.device()), result, seconds);
  }

  private record Prepared(Sample.Image image, List<Pixels> views) {}

  private Prepared prepare(Sample.Image image) {
    try {
      return new Prepared(image, views.of(image.file().read(), model.preprocessing(), images));
    } catch (ImageException e) {
      throw new UncheckedIOException(
          new IOException(
              "%s is no image that can be read: %s".formatted(image.name(), e.getMessage()), e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<NetworkOutput> compute(List<Pixels> inputs) throws EngineException {
    List<NetworkOutput> outputs = new ArrayList<>(inputs.size());
    if (views instanceof Views.Scales) {
      for (Pixels image : inputs) {
        outputs.add(engine.runWhole(image));
      }
    } else {
      for (int from = 0; from < inputs.size(); from += BATCH) {
        List<NetworkInput> batch =
            List.copyOf(inputs.subList(from, Math.min(inputs.size(), from + BATCH)));
        outputs.addAll(engine.apply(batch));
      }
    }
    return outputs;
  }

  @Override
  public void close() {
    engine.close();
  }
}
