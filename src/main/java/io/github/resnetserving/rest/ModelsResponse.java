package io.github.resnetserving.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.heads.Head;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelSpec;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The answer of {@code /models}. */
@Schema(name = "ModelList")
record ModelsResponse(
    @JsonProperty("models") List<Model> models,
    @JsonProperty("hint") @Schema(description = "What whoever runs the server may want to do")
        @Nullable String hint) {

  /** One model with all its versions, oldest first. */
  @Schema(name = "Model")
  record Model(
      @JsonProperty("name") String name,
      @JsonProperty("default")
          @Schema(description = "Whether it answers requests that name no model")
          boolean isDefault,
      @JsonProperty("versions") List<Version> versions,
      @JsonProperty("heads")
          @Schema(description = "Classifiers on its features; of each the newest version")
          List<HeadWire> heads) {}

  /** One head: requests name it as {@code head}. */
  @Schema(name = "Head")
  record HeadWire(
      @JsonProperty("name") @Schema(example = "flowers") String name,
      @JsonProperty("version") @Schema(example = "1") String version,
      @JsonProperty("kind") @Schema(allowableValues = {"linear", "nearest"}) String kind,
      @JsonProperty("classes") int classes,
      @JsonProperty("images") @Schema(description = "How many it was fitted to") int images,
      @JsonProperty("accuracy") @Schema(description = "By cross-validation, from 0 to 1")
          double accuracy,
      @JsonProperty("c")
          @Schema(description = "Inverse strength of the penalty, chosen by cross-validation")
          @Nullable Double c,
      @JsonProperty("k") @Schema(description = "How many neighbours vote") @Nullable Integer k,
      @JsonProperty("created") @Schema(example = "2026-11-29T03:10:00Z") String created,
      @JsonProperty("data") @Schema(description = "Where its images came from") String data,
      @JsonProperty("digest") @Schema(description = "Digest of its numbers") String digest,
      @JsonProperty("weights")
          @Schema(description = "Digest of the weights whose features it takes: others refuse it")
          String weights) {

    static HeadWire of(Head.Facts head) {
      return new HeadWire(
          head.name(),
          head.version(),
          head.kind(),
          head.classes(),
          head.fit().images(),
          head.fit().accuracy(),
          head.fit().c(),
          head.fit().k(),
          head.created(),
          head.data(),
          head.digest(),
          head.backbone().weights());
    }
  }

  /** One version and where it stands. */
  @Schema(name = "ModelVersion")
  record Version(
      @JsonProperty("version") @Schema(description = "None until it is fetched")
          @Nullable String version,
      @JsonProperty("state")
          @Schema(allowableValues = {"fetching", "loading", "warming", "ready", "failed"})
          String state,
      @JsonProperty("reason") @Schema(description = "Why it failed") @Nullable String reason,
      @JsonProperty("progress") @Schema(description = "While it is fetched")
          @Nullable Progress progress,
      @JsonProperty("weights") @Schema(description = "Digest of the weights file")
          @Nullable String weights,
      @JsonProperty("labels") @Schema(description = "Number of classes") @Nullable Integer labels,
      @JsonProperty("input") @Nullable Input input,
      @JsonProperty("precision") @Schema(description = "What it computes in, once ready")
          @Nullable String precision,
      @JsonProperty("device")
          @Schema(
              nullable = true,
              description = "What it is computed on, once ready",
              example = "cpu")
          @Nullable String device,
      @JsonProperty("deterministic")
          @Schema(
              nullable = true,
              description =
                  "Whether an image gets the same bits alone and in any batch, as compared here,"
                      + " once ready")
          @Nullable Boolean deterministic,
      @JsonProperty("plans")
          @Schema(description = "Every way to compute it that was measured on this machine")
          List<Plan> plans) {}

  /** One way to compute a network, as measured where it serves. */
  @Schema(name = "PlanTrial")
  record Plan(
      @JsonProperty("plan") @Schema(example = "fused") String plan,
      @JsonProperty("precision") @Schema(example = "bf16") String precision,
      @JsonProperty("serves") @Schema(description = "Whether it computes the answers")
          boolean serves,
      @JsonProperty("rates")
          @Schema(description = "Images a second by batch size; empty where it was not timed")
          Map<Integer, Double> rates,
      @JsonProperty("difference")
          @Schema(
              description =
                  "Largest difference from the first plan's logits, as a part of the largest; the"
                      + " first one is in fp32 where the precision is auto")
          @Nullable Double difference,
      @JsonProperty("deterministic")
          @Schema(
              description =
                  "Whether images had the same bits alone, again and in every batch that was tried;"
                      + " false where that was not compared")
          boolean deterministic,
      @JsonProperty("refused") @Schema(description = "Why it may not serve")
          @Nullable String refused) {}

  /** How much of a model's file is here. */
  @Schema(name = "FetchProgress")
  record Progress(
      @JsonProperty("bytes") long bytes,
      @JsonProperty("total") @Schema(description = "-1 where the size is not known") long total) {}

  /** What the network sees of an image. */
  @Schema(name = "ModelInput")
  record Input(
      @JsonProperty("height") int height,
      @JsonProperty("width") int width,
      @JsonProperty("preprocessing") String preprocessing,
      @JsonProperty("mean") List<Double> mean,
      @JsonProperty("std") List<Double> std) {}

  /** The classes of one version of a model. */
  @Schema(name = "ModelClasses")
  record Classes(
      @JsonProperty("name") @Schema(example = "resnet50") String name,
      @JsonProperty("version") @Schema(example = "1") String version,
      @JsonProperty("classes") List<ClassWire> classes) {

    static Classes of(ModelSpec spec) {
      return new Classes(
          spec.name(),
          spec.version(),
          IntStream.range(0, spec.labels().count())
              .mapToObj(index -> {
                Labels.Label label = spec.labels().get(index);
                return new ClassWire(index, label.wnid(), label.name());
              })
              .toList());
    }
  }

  /** One class. */
  @Schema(name = "ModelClass")
  record ClassWire(
      @JsonProperty("index") @Schema(example = "281") int index,
      @JsonProperty("wnid") @Schema(nullable = true, example = "n02123045") @Nullable String wnid,
      @JsonProperty("label") @Schema(example = "tabby") String label) {}
}
