package io.github.resnetserving.rest;

import io.github.resnetserving.heads.Head.Backbone;
import io.github.resnetserving.heads.HeadException;
import io.github.resnetserving.heads.HeadFitter;
import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.InferenceRequest;
import io.github.resnetserving.inference.InferenceRequest.AnswerRoom;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.inference.ServedModel;
import io.github.resnetserving.rest.LabelledArchive.Labelled;
import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.problem.ProblemType;
import io.github.resnetserving.rest.request.RequestException;
import io.github.resnetserving.rest.request.RequestLease;
import io.github.resnetserving.tensor.NpyArray;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * The features of the images in an archive, computed behind interactive requests, or those that are
 * in it already. Memory is taken from the request's lease before it is allocated, and what an image
 * took is given back when its features are there. Belongs to one request's thread.
 */
final class ArchiveFeatures {

  /** Images that are asked about together. */
  private static final int TOGETHER = 8;

  private static final int SIDE = 32;

  /** A shorter wait would only ask again. */
  private static final Duration SHORTEST_WAIT = Duration.ofMillis(10);

  private final InferenceService inference;
  private final String model;
  private final RequestLease lease;
  private final Deadline deadline;
  private final int maxImageBytes;
  private final List<Labelled> waiting = new ArrayList<>();
  private @Nullable ServedModel answering;
  private long numbers;

  /**
   * Begins with no image.
   *
   * @param maxImageBytes bytes of one image at most
   */
  ArchiveFeatures(
      InferenceService inference,
      String model,
      RequestLease lease,
      Deadline deadline,
      int maxImageBytes) {
    this.inference = inference;
    this.model = model;
    this.lease = lease;
    this.deadline = deadline;
    this.maxImageBytes = maxImageBytes;
  }

  /**
   * Reads an archive.
   *
   * @return what gave the features
   */
  Backbone read(byte[] archive, HeadFitter fitter) throws IOException, InterruptedException {
    byte[] array = null;
    byte[] labels = null;
    try (LabelledArchive entries = LabelledArchive.open(archive, lease, maxImageBytes)) {
      for (Labelled entry = entries.next(); entry != null; entry = entries.next()) {
        switch (entry.file()) {
          case "features.npy" -> array = entry.bytes();
          case "labels.txt" -> labels = entry.bytes();
          default -> {
            waiting.add(entry);
            if (waiting.size() == TOGETHER) {
              compute(fitter);
            }
          }
        }
      }
    }
    if (array != null && labels != null && waiting.isEmpty() && fitter.images() == 0) {
      return stored(array, labels, fitter);
    }
    if (array != null || labels != null) {
      throw wrong(
          "The archive holds %s: features need features.npy and labels.txt, and no images beside them."
              .formatted(array != null ? "features.npy" : "labels.txt"));
    }
    compute(fitter);
    ServedModel served = answering;
    if (served == null) {
      throw wrong(
          "The archive holds no images in folders: put the images of each class into a folder of"
              + " its own.");
    }
    return Backbone.of(served.spec(), served.report().precision());
  }

  /** How many numbers all features together have. */
  long numbers() {
    return numbers;
  }

  private void compute(HeadFitter fitter) throws IOException, InterruptedException {
    if (waiting.isEmpty()) {
      return;
    }
    Answer.Answered<float[]> answer = ask(waiting.stream().map(Labelled::bytes).toList());
    ServedModel before = answering;
    if (before != null && !before.spec().equals(answer.model().spec())) {
      throw new ProblemException(
          ProblemType.NOT_READY,
          "The model %s was replaced meanwhile. Send the request again.".formatted(model));
    }
    answering = answer.model();
    for (int i = 0; i < waiting.size(); i++) {
      Labelled image = waiting.get(i);
      switch (answer.outcomes().get(i)) {
        case Outcome.Success<float[]>(var features, _) -> add(fitter, features, image.folder());
        case Outcome.Failed<float[]>(var failure) ->
            throw wrong(
                "%s in the archive cannot be used: %s"
                    .formatted(RequestException.echo(image.path()), failure.detail()));
      }
      lease.giveBack(image.bytes().length);
    }
    waiting.clear();
  }

  private void add(HeadFitter fitter, float[] features, String label) throws HeadException {
    lease.take((long) features.length * Float.BYTES);
    numbers += features.length;
    fitter.add(features, label);
  }

  /** Asks again while others fill the queue and the deadline allows. */
  private Answer.Answered<float[]> ask(List<byte[]> images) throws InterruptedException {
    while (true) {
      try (AnswerPart room = new AnswerPart(lease)) {
        InferenceRequest request =
            new InferenceRequest(model, /* version= */ null, images, deadline)
                .inBulk()
                .withRoom(room);
        Answer<float[]> answer = inference.features(request, /* l2= */ false);
        Failure.@Nullable Overloaded busy = null;
        switch (answer) {
          case Answer.Refused<float[]>(Failure.Overloaded overloaded) -> busy = overloaded;
          case Answer.Refused<float[]>(var failure) ->
              throw new ProblemException(ProblemType.NOT_READY, failure.detail());
          case Answer.Answered<float[]> answered -> {
            for (Outcome<float[]> outcome : answered.outcomes()) {
              if (outcome instanceof Outcome.Failed<float[]>(Failure.Overloaded overloaded)) {
                busy = overloaded;
              }
            }
            if (busy == null) {
              return answered;
            }
          }
        }
        Duration wait = busy.retryAfter();
        wait = wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait;
        if (deadline.atNanos() - System.nanoTime() - wait.toNanos() <= 0) {
          throw new ProblemException(ProblemType.OVERLOADED, busy.detail());
        }
        Thread.sleep(wait);
      }
    }
  }

  /** An image of nothing tells how wide the model's features are. */
  private Backbone stored(byte[] array, byte[] labels, HeadFitter fitter)
      throws IOException, InterruptedException {
    NpyArray features;
    try {
      features = NpyArray.parse(array);
    } catch (IllegalArgumentException e) {
      throw wrong("features.npy cannot be used: %s.".formatted(e.getMessage()));
    }
    List<String> names =
        new String(labels, StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank()).toList();
    if (names.size() != features.rows()) {
      throw wrong(
          "labels.txt names %d classes and features.npy has %d rows: it needs a class a row."
              .formatted(names.size(), features.rows()));
    }
    for (int i = 0; i < features.rows(); i++) {
      lease.take((long) features.width() * Float.BYTES);
      numbers += features.width();
      fitter.add(features.row(i), names.get(i));
    }
    ByteArrayOutputStream image = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB), "png", image);
    Answer.Answered<float[]> answer = ask(List.of(image.toByteArray()));
    if (answer.outcomes().getFirst() instanceof Outcome.Success<float[]>(var own, _)
        && own.length != features.width()) {
      throw wrong(
          "features.npy is %d wide, and the features of %s are %d."
              .formatted(features.width(), model, own.length));
    }
    return Backbone.of(answer.model().spec(), "unknown");
  }

  private static ProblemException wrong(String detail) {
    return new ProblemException(ProblemType.UNUSABLE_HEAD, detail);
  }

  /** What one question takes, given back when it is answered. */
  private static final class AnswerPart implements AnswerRoom, AutoCloseable {

    private final RequestLease lease;
    private long taken;

    AnswerPart(RequestLease lease) {
      this.lease = lease;
    }

    @Override
    public boolean tryTakeAnswer(long bytes) {
      boolean there = lease.tryTake(bytes);
      taken += there ? bytes : 0;
      return there;
    }

    @Override
    public long most() {
      return lease.most();
    }

    @Override
    public void close() {
      lease.giveBack(taken);
    }
  }
}
