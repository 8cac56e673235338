package io.github.resnetserving.rest;

import io.github.resnetserving.imageurl.RemoteImages.Room;
import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.InferenceRequest;
import io.github.resnetserving.inference.InferenceRequest.AnswerRoom;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.rest.problem.Problem;
import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.problem.ProblemType;
import io.github.resnetserving.rest.request.LineReader;
import io.github.resnetserving.rest.request.RequestContext;
import io.github.resnetserving.rest.request.RequestException;
import io.micrometer.context.ContextExecutorService;
import io.micrometer.context.ContextSnapshotFactory;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.http.ResponseEntity;

/**
 * One stream of images and its answers.
 *
 * <pre>
 * reader: line ──► permit ──► task (image ──► infer ──► line of the answer) ──► queue, in order
 * writer:                                      queue ──► waits for the task ──► permit back
 * </pre>
 *
 * <p>The request's thread writes, a second one reads, so that a client may wait for each answer or
 * send everything first. As many lines are under way as there are permits.
 *
 * @param <P> the endpoint's parameters
 * @param <T> what is inferred of one image
 * @param <R> the wire record of one image
 */
final class NdjsonStream<P extends ImageParameters, T, R> {

  /**
   * A line of the answer on its way to the client.
   *
   * @param line its wire record; null where there are no more
   * @param held what it holds of the stream's share until it is written
   */
  private record Answered(@Nullable Object line, long held) {

    static final Answered END = new Answered(null, 0);
  }

  /** A shorter wait would only ask again. */
  private static final Duration SHORTEST_WAIT = Duration.ofMillis(10);

  private final ImageEndpoint<P, T, R> endpoint;
  private final ImageRequest<P> request;
  private final LineReader lines; // the reader's
  private final StreamShare share;
  private final ImageStreams streams;
  private final Semaphore permits;
  private final BlockingQueue<Future<Answered>> answers =
      new LinkedBlockingQueue<>(); // permits bound

  NdjsonStream(
      ImageEndpoint<P, T, R> endpoint,
      ImageRequest<P> request,
      LineReader lines,
      StreamShare share,
      ImageStreams streams) {
    this.endpoint = endpoint;
    this.request = request;
    this.lines = lines;
    this.share = share;
    this.streams = streams;
    this.permits = new Semaphore(streams.limits().maxImages());
  }

  /** The first line is inferred before anything is written, so that it can decide the status. */
  @Nullable ResponseEntity<Object> run(HttpServletResponse response)
      throws IOException, InterruptedException {
    LineReader.Line line = lines.next();
    if (line == null) {
      throw ProblemException.badRequest(
          "The body is empty. Send an image a line, {\"id\": \"…\", \"data\": \"<base64>\"}.");
    }
    Held held = new Held(line);
    if (!held.takeImage(line.length())) {
      throw RequestException.noRoom();
    }
    ImagePart image = streams.urls().load(source(line), held.deadline, held);
    Answer<T> answer = infer(image, held);
    if (answer instanceof Answer.Refused<T>(var failure) && retryAfter(failure) == null) {
      return Problem.answer(failure, request.http());
    }
    put(held.answered(ImageResponses.line(endpoint, request, image, answer)));
    permits.acquire();
    response.setContentType(ImageStreams.TYPE);
    response.setHeader("X-Accel-Buffering", "no"); // nginx would keep answers until it has many
    ExecutorService tasks = // each with the request's trace
        ContextExecutorService.wrap(
            Executors.newVirtualThreadPerTaskExecutor(),
            ContextSnapshotFactory.builder().build()::captureAll);
    try (tasks) {
      tasks.execute(() -> readAll(tasks));
      try {
        writeAll(response.getOutputStream());
      } finally {
        tasks.shutdownNow();
      }
    }
    return null;
  }

  private void put(Answered answered) {
    answers.add(CompletableFuture.completedFuture(answered));
  }

  private void writeAll(OutputStream out) throws IOException, InterruptedException {
    while (true) {
      Future<Answered> next = answers.peek();
      if (next == null || !next.isDone()) {
        out.flush(); // a client that waits for the lines so far has them
      }
      Answered answered = result(answers.take());
      if (answered.line() == null) {
        return;
      }
      streams.mapper().writeValue(out, answered.line());
      out.write('\n');
      share.giveBackAnswer(answered.held());
      permits.release();
    }
  }

  private static Answered result(Future<Answered> answer) throws IOException, InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException gone -> throw gone;
        case InterruptedException stopped -> throw stopped;
        case null, default -> throw new IllegalStateException("a line was not answered", e);
      }
    }
  }

  private void readAll(ExecutorService tasks) {
    try {
      while (true) {
        permits.acquire();
        if (streams.connections().isDraining()) {
          throw new ProblemException(
              ProblemType.NOT_READY, "The server is shutting down. Send the rest to another one.");
        }
        LineReader.Line line = lines.next();
        if (line == null) {
          break;
        }
        Held held = new Held(line);
        if (held.takeImage(line.length())) {
          ImagePart.Source source = source(line);
          answers.add(tasks.submit(() -> answer(source, held)));
        } else { // no less than its image
          held.giveBackAll();
          put(refused(ProblemException.of(RequestException.noRoom())));
        }
      }
    } catch (RequestException e) { // says why nothing more is read
      put(refused(ProblemException.of(e)));
    } catch (ProblemException e) {
      put(refused(e));
    } catch (IOException | InterruptedException | RuntimeException e) {
      answers.add(CompletableFuture.failedFuture(e));
    }
    put(Answered.END);
  }

  private Answered refused(ProblemException problem) {
    return new Answered(
        ImageResponses.line(endpoint, request, ImagePart.refused(null, problem), null), 0);
  }

  /** Answers one line, on a thread of its own. */
  private Answered answer(ImagePart.Source source, Held held) throws InterruptedException {
    MDC.put("request_id", RequestContext.of(request.http()).id());
    boolean done = false;
    try {
      ImagePart image = streams.urls().load(source, held.deadline, held);
      Answer<T> answer = infer(image, held);
      Answered answered = held.answered(ImageResponses.line(endpoint, request, image, answer));
      done = true;
      return answered;
    } finally {
      if (!done) {
        held.giveBackAll();
      }
    }
  }

  /** What one line holds of the stream's share. Used by one thread at a time. */
  private final class Held implements AnswerRoom, Room {

    private final long number;
    private final Deadline deadline; // of the line's answer
    private long image;
    private long answer;

    private Held(LineReader.Line line) {
      this.number = line.number();
      this.deadline = request.deadlineOfLine(line.startNanos());
      share.begin(number);
    }

    boolean takeImage(long bytes) throws InterruptedException {
      boolean taken = share.takeImage(bytes);
      image += taken ? bytes : 0;
      return taken;
    }

    /** For an image that is fetched. */
    @Override
    public boolean tryTake(long bytes) {
      boolean taken = share.tryTakeImage(bytes);
      image += taken ? bytes : 0;
      return taken;
    }

    @Override
    public void giveBack(long bytes) {
      share.giveBackImage(bytes);
      image -= bytes;
    }

    @Override
    public boolean tryTakeAnswer(long bytes) throws InterruptedException {
      boolean taken = share.takeAnswer(number, bytes, deadline.atNanos());
      answer += taken ? bytes : 0;
      return taken;
    }

    @Override
    public long most() {
      return share.most();
    }

    void giveBackAnswer() {
      share.giveBackAnswer(answer);
      answer = 0;
    }

    /** The line is asked once more, and its turn comes before that of later ones. */
    void again() {
      giveBackAnswer();
      share.begin(number);
    }

    void giveBackAll() {
      giveBackAnswer();
      giveBack(image);
      share.end(number);
    }

    /** The image was looked at, and only its answer is held until it is written. */
    Answered answered(Object line) {
      giveBack(image);
      share.end(number);
      return new Answered(line, answer);
    }
  }

  private ImagePart.Source source(LineReader.Line line) {
    return switch (line.fault()) {
      case null ->
          streams.json().line(line.buffer(), line.offset(), line.length(), line.number(), _ -> {});
      case TOO_LONG ->
          source(
              new ProblemException(
                  ProblemType.TOO_LARGE,
                  "Line %d is longer than a body may be. Send a smaller image."
                      .formatted(line.number())));
      case NO_ROOM -> source(ProblemException.of(RequestException.noRoom()));
    };
  }

  private static ImagePart.Source source(ProblemException problem) {
    return new ImagePart.Source.Inline(ImagePart.refused(null, problem));
  }

  /**
   * Infers, and tries again while others fill the queue and the line's deadline allows. Null where
   * the image was not read.
   */
  private @Nullable Answer<T> infer(ImagePart image, Held held) throws InterruptedException {
    if (image.problem() != null) {
      return null;
    }
    InferenceRequest asked = request.toInferenceOfLine(image, held.deadline).withRoom(held);
    while (true) {
      Answer<T> answer = endpoint.infer(asked, request.parameters());
      Duration wait = retryAfter(answer);
      if (wait == null) {
        return answer;
      }
      wait = wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait;
      if (held.deadline.atNanos() - System.nanoTime() - wait.toNanos() <= 0) {
        return answer;
      }
      held.again();
      Thread.sleep(wait);
    }
  }

  /** When to ask again what remote is no time or room for now; null for every other answer. */
  private static @Nullable Duration retryAfter(Answer<?> answer) {
    return switch (answer) {
      case Answer.Refused<?>(var failure) -> retryAfter(failure);
      case Answer.Answered<?> answered ->
          answered.outcomes().getFirst() instanceof Outcome.Failed<?>(var failure)
              ? retryAfter(failure)
              : null;
    };
  }

  private static @Nullable Duration retryAfter(Failure failure) {
    return switch (failure) {
      case Failure.Overloaded(var wait) -> wait;
      default -> null;
    };
  }
}
