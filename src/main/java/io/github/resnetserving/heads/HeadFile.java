package io.github.resnetserving.heads;

import io.github.resnetserving.checkpoint.Checkpoint;
import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.checkpoint.Tensor;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.heads.Head.Backbone;
import io.github.resnetserving.heads.Head.Facts;
import io.github.resnetserving.models.Digest;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The folder of one version of a head: {@code head.json}, {@code labels.csv} and {@code
 * head.safetensors}, which holds {@code weight} (classes, width) and {@code bias} (classes,), or
 * {@code neighbours} (images, width) and their {@code labels} (images,). All of it is data: nothing
 * in it is executed.
 */
final class HeadFile {

  private static final String FACTS = "head.json";
  private static final String LABELS = "labels.csv";
  private static final String NUMBERS = "head.safetensors";

  /** A thousand classes on 2,048 features take 8 MiB; 30,000 neighbours take 256. */
  private static final long MOST_BYTES = 256 << 20;

  private static final long MOST_TEXT = 4 << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private HeadFile() {}

  /** Writes a head into a folder that is there and empty. */
  static Head write(
      Path folder, String name, String version, Backbone backbone, HeadDraft draft, String data)
      throws IOException {
    Path numbers = folder.resolve(NUMBERS);
    SafetensorsWriter.write(numbers, tensors(draft.scorer()), Map.of());
    if (Files.size(numbers) > MOST_BYTES) {
      throw HeadException.unusable(
          "The head %s has %d bytes, more than the %d that one may have: fit it to fewer images."
              .formatted(name, Files.size(numbers), MOST_BYTES),
          null);
    }
    Path labels = folder.resolve(LABELS);
    draft.labels().write(labels);
    Facts facts =
        new Facts(
            name,
            version,
            draft.kind().id(),
            draft.scorer().classes(),
            draft.scorer().width(),
            backbone,
            draft.fit(),
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
            data,
            "sha256:" + Digest.sha256(numbers),
            "sha256:" + Digest.sha256(labels));
    Files.write(folder.resolve(FACTS), JSON.writeValueAsBytes(facts));
    return new Head(facts, draft.labels(), draft.scorer());
  }

  private static SequencedMap<String, FloatTensor> tensors(Scorer scorer) {
    SequencedMap<String, FloatTensor> tensors = new LinkedHashMap<>();
    switch (scorer) {
      case Scorer.Linear linear -> {
        tensors.put(
            "weight", new FloatTensor(List.of(linear.classes(), linear.width()), linear.weights()));
        tensors.put("bias", new FloatTensor(List.of(linear.classes()), linear.bias()));
      }
      case Scorer.Nearest nearest -> {
        float[] labels = new float[nearest.labels().length];
        for (int i = 0; i < labels.length; i++) {
          labels[i] = nearest.labels()[i];
        }
        tensors.put(
            "neighbours",
            new FloatTensor(List.of(labels.length, nearest.width()), nearest.neighbours()));
        tensors.put("labels", new FloatTensor(List.of(labels.length), labels));
      }
    }
    return tensors;
  }

  /**
   * Reads what a head is, without its numbers.
   *
   * @param where what to call it in a message
   */
  static Facts facts(Path folder, String where) throws HeadException {
    try {
      Path file = folder.resolve(FACTS);
      requireAtMost(MOST_TEXT, file, where);
      @Nullable Facts facts = JSON.readValue(Files.readAllBytes(file), Facts.class);
      if (facts == null) {
        throw damaged(where, FACTS + " holds nothing", null);
      }
      return facts;
    } catch (JacksonException e) {
      throw damaged(
          where, "%s is not what is expected: %s".formatted(FACTS, e.getOriginalMessage()), e);
    } catch (HeadException e) {
      throw e;
    } catch (IOException e) {
      throw damaged(where, FACTS + " cannot be read", e);
    }
  }

  /**
   * Reads a head and checks its files against their digests.
   *
   * @throws HeadException if it is damaged
   */
  static Head read(Path folder, Facts facts, String where) throws HeadException {
    Path numbers = folder.resolve(NUMBERS);
    Path names = folder.resolve(LABELS);
    try {
      requireAtMost(MOST_BYTES, numbers, where);
      requireAtMost(MOST_TEXT, names, where);
      requireDigest(facts.digest(), numbers, where);
      requireDigest(facts.labelsDigest(), names, where);
      Labels labels = Labels.read(names);
      if (labels.count() != facts.classes() || facts.classes() < 2 || facts.width() < 1) {
        throw damaged(
            where,
            "%s names %d classes and %s says %d"
                .formatted(LABELS, labels.count(), FACTS, facts.classes()),
            null);
      }
      try (Checkpoint file = Checkpoint.open(numbers.toUri())) {
        return new Head(facts, labels, scorer(file.tensors(), facts, where));
      }
    } catch (ModelException | WeightsException e) {
      throw damaged(where, String.valueOf(e.getMessage()), e);
    } catch (HeadException e) {
      throw e;
    } catch (IOException e) {
      throw damaged(where, "its files cannot be read", e);
    }
  }

  private static Scorer scorer(Map<String, Tensor> tensors, Facts facts, String where)
      throws HeadException {
    return switch (facts.kind()) {
      case "linear" ->
          new Scorer.Linear(
              numbers(tensors, "weight", List.of(facts.classes(), facts.width()), where),
              numbers(tensors, "bias", List.of(facts.classes()), where));
      case "nearest" -> {
        int images = facts.fit().images();
        @Nullable Integer k = facts.fit().k();
        float[] told = numbers(tensors, "labels", List.of(images), where);
        int[] labels = new int[told.length];
        for (int i = 0; i < labels.length; i++) {
          labels[i] = (int) told[i];
          if (labels[i] != told[i] || labels[i] < 0 || labels[i] >= facts.classes()) {
            throw damaged(where, "a neighbour is of the class " + told[i], null);
          }
        }
        if (k == null || k < 1) {
          throw damaged(where, FACTS + " does not say how many neighbours vote", null);
        }
        yield new Scorer.Nearest(
            numbers(tensors, "neighbours", List.of(images, facts.width()), where),
            labels,
            facts.classes(),
            k);
      }
      default ->
          throw damaged(
              where, "its kind is %s: there are linear and nearest".formatted(facts.kind()), null);
    };
  }

  private static float[] numbers(
      Map<String, Tensor> tensors, String name, List<Integer> shape, String where)
      throws HeadException {
    Tensor tensor = tensors.get(name);
    if (tensor == null || !tensor.shape().equals(shape)) {
      throw damaged(
          where,
          "%s has %s, and needs %s of shape %s"
              .formatted(
                  NUMBERS,
                  tensor == null ? "no " + name : name + " of shape " + tensor.shape(),
                  name,
                  shape),
          null);
    }
    float[] values = tensor.toFloats();
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw damaged(where, "%s has a number that is not finite".formatted(name), null);
      }
    }
    return values;
  }

  private static void requireAtMost(long bytes, Path file, String where) throws IOException {
    if (Files.size(file) > bytes) {
      throw damaged(
          where,
          "%s has %d bytes, and may have %d".formatted(file.getFileName(), Files.size(file), bytes),
          null);
    }
  }

  private static void requireDigest(String expected, Path file, String where) throws IOException {
    String actual = "sha256:" + Digest.sha256(file);
    if (!actual.equals(expected)) {
      throw damaged(
          where,
          "%s is not the file that %s names: it has %s, not %s"
              .formatted(file.getFileName(), FACTS, actual, expected),
          null);
    }
  }

  private static HeadException damaged(String where, String finding, @Nullable Throwable cause) {
    return HeadException.unusable(
        "%s cannot be used: %s. Fit it again.".formatted(where, finding), cause);
  }
}
