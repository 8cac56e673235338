package io.github.resnetserving.heads;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelSpec;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A stored head: it scores a network's pooled features by classes of its own. Immutable. */
public final class Head {

  /** What a head is. */
  public enum Kind {
    /** Multinomial logistic regression. */
    LINEAR,
    /** Nearest neighbours by cosine. */
    NEAREST;

    /** The name in files, requests and answers. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The network that gives a head its features.
   *
   * @param model the model's name
   * @param version its version when the head was fitted
   * @param weights the digest of its weights
   * @param preprocessing what its images went through
   * @param precision what the features were computed in
   */
  public record Backbone(
      @JsonProperty("model") String model,
      @JsonProperty("version") String version,
      @JsonProperty("weights") String weights,
      @JsonProperty("preprocessing") String preprocessing,
      @JsonProperty("precision") String precision) {

    public Backbone {
      Objects.requireNonNull(model, "model");
      Objects.requireNonNull(version, "version");
      Objects.requireNonNull(weights, "weights");
      Objects.requireNonNull(preprocessing, "preprocessing");
      Objects.requireNonNull(precision, "precision");
    }

    /** The backbone that a model is. */
    public static Backbone of(ModelSpec model, String precision) {
      return new Backbone(
          model.name(), model.version(), model.digest(), model.preprocessing().id(), precision);
    }

    /** Whether a model gives the same features. */
    boolean is(ModelSpec other) {
      return weights.equals(other.digest()) && preprocessing.equals(other.preprocessing().id());
    }
  }

  /**
   * How a head came to be.
   *
   * @param images how many it was fitted to
   * @param c the inverse strength of the L2 penalty, chosen by cross-validation; null unless linear
   * @param k how many neighbours vote; null unless nearest
   * @param folds of the cross-validation; as many as images where each was left out in its turn
   * @param accuracy share of the images whose class the others' head told
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Fit(
      @JsonProperty("images") int images,
      @JsonProperty("c") @Nullable Double c,
      @JsonProperty("k") @Nullable Integer k,
      @JsonProperty("folds") int folds,
      @JsonProperty("accuracy") double accuracy) {}

  /**
   * All about a head but its numbers: what {@code head.json} holds.
   *
   * @param name what requests call it
   * @param version a whole number as text; the newest is the largest
   * @param kind {@code linear} or {@code nearest}
   * @param classes how many it tells apart
   * @param width how many features it takes
   * @param created the day and time, in UTC
   * @param data where its images came from
   * @param digest of its numbers' file: what tells it apart from any other
   * @param labelsDigest of labels.csv
   */
  public record Facts(
      @JsonProperty("name") String name,
      @JsonProperty("version") String version,
      @JsonProperty("kind") String kind,
      @JsonProperty("classes") int classes,
      @JsonProperty("width") int width,
      @JsonProperty("backbone") Backbone backbone,
      @JsonProperty("fit") Fit fit,
      @JsonProperty("created") String created,
      @JsonProperty("data") String data,
      @JsonProperty("digest") String digest,
      @JsonProperty("labels_digest") String labelsDigest) {

    public Facts {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(version, "version");
      Objects.requireNonNull(kind, "kind");
      Objects.requireNonNull(backbone, "backbone");
      Objects.requireNonNull(fit, "fit");
      Objects.requireNonNull(created, "created");
      Objects.requireNonNull(data, "data");
      Objects.requireNonNull(digest, "digest");
      Objects.requireNonNull(labelsDigest, "labels_digest");
    }
  }

  private final Facts facts;
  private final Labels labels;
  private final Scorer scorer;

  Head(Facts facts, Labels labels, Scorer scorer) {
    this.facts = facts;
    this.labels = labels;
    this.scorer = scorer;
  }

  public Facts facts() {
    return facts;
  }

  public String name() {
    return facts.name();
  }

  /** The head's classes. */
  public Labels labels() {
    return labels;
  }

  /**
   * Scores features. It allocates no more than the answer, and for neighbours those that vote.
   *
   * @param features (width,) of its backbone, not normalised
   * @return (classes,) scores, whose softmax are the probabilities
   * @throws IllegalArgumentException if the features are of another width
   */
  public float[] logits(float[] features) {
    if (features.length != facts.width()) {
      throw new IllegalArgumentException(
          "the head %s takes %d features, not %d"
              .formatted(name(), facts.width(), features.length));
    }
    return scorer.logits(features);
  }

  /**
   * Checks that a model gives the features that the head was fitted to.
   *
   * @throws HeadException if it does not
   */
  public void requireBackbone(ModelSpec model) throws HeadException {
    if (!facts.backbone().is(model)) {
      throw HeadException.foreign(model, facts);
    }
  }
}
