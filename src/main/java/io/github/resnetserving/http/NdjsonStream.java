package io.github.resnetserving.http;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.AnswerRoom;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.remote.Room;
import io.github.resnetserving.rest.request.LineReader;
import io.github.resnetserving.rest.request.RequestException;
import jakarta.servlet.http.HttpServletRequest;
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
import tools.jackson.databind.json.JsonMapper;

/**
 * One stream of images and its answers.
 *
 * <pre>
 * reader: line ──► permit ──► task (asks, and makes the line of the answer) ──► queue, in order
 * writer:                                      queue ──► waits for the task ──► permit back
 * </pre>
 *
 * <p>The request's thread writes, a second one reads, so that a client may wait for each answer or
 * send everything first. As many lines are under way as there are permits.
 *
 * @param <T> the answer for one image
 * @param <R> its wire record
 */
final class NdjsonStream<T, R> {

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

  private final ImageTask<T, R> task;
  private final ImageRequest asked;
  private final HttpServletRequest request;
  private final LineReader lines; // the reader's
  private final JsonImages json;
  private final UrlImages urls;
  private final JsonMapper mapper;
  private final StreamShare share;
  private final Draining draining;
  private final Semaphore permits;
  private final BlockingQueue<Future<Answered>> answers =
      new LinkedBlockingQueue<>(); // permits bound

  NdjsonStream(
      ImageTask<T, R> task,
      ImageRequest asked,
      LineReader lines,
      JsonImages json,
      UrlImages urls,
      JsonMapper mapper,
      StreamShare share,
      int window,
      Draining draining) {
    this.task = task;
    this.asked = asked;
    this.request = asked.request();
    this.lines = lines;
    this.json = json;
    this.urls = urls;
    this.mapper = mapper;
    this.share = share;
    this.draining = draining;
    this.permits = new Semaphore(window);
  }

  /** The first line is asked before anything is written, so that it can decide the status. */
  @Nullable ResponseEntity<Object> run(HttpServletResponse response)
      throws IOException, InterruptedException {
    LineReader.Line line = lines.next();
    if (line == null) {
      throw ProblemException.badRequest(
          "The body is empty. Send an image a line, {\"id\": \"…\", \"data\": \"<base64>\"}.");
    }
    Deadline deadline = asked.deadline(line.startNanos());
    Held held = new Held(line, deadline);
    if (!held.takeImage(line.length())) {
      throw RequestException.noRoom();
    }
    SentImage first = urls.load(source(line), deadline, held);
    if (first.problem() == null) {
      Answer<T> answer = ask(first, deadline, held);
      if (answer instanceof Answer.Refused<T>(var failure) && retryAfter(failure) == null) {
        return Problems.answer(failure, request);
      }
      answers.add(CompletableFuture.completedFuture(held.answered(line(first, answer))));
    } else {
      answers.add(CompletableFuture.completedFuture(held.answered(line(first, first.problem()))));
    }
    permits.acquire();
    response.setContentType(NdjsonAnswers.TYPE);
    ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor();
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
      mapper.writeValue(out, answered.line());
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
        if (draining.isDraining()) {
          throw new ProblemException(
              ProblemType.NOT_READY, "The server is shutting down. Send the rest to another one.");
        }
        LineReader.Line line = lines.next();
        if (line == null) {
          break;
        }
        answers.add(start(line, tasks));
      }
    } catch (RequestException e) { // says why nothing more is read
      answers.add(CompletableFuture.completedFuture(refused(ProblemException.of(e))));
    } catch (ProblemException e) {
      answers.add(CompletableFuture.completedFuture(refused(e)));
    } catch (IOException | InterruptedException | RuntimeException e) {
      answers.add(CompletableFuture.failedFuture(e));
    }
    answers.add(CompletableFuture.completedFuture(Answered.END));
  }

  private Answered refused(ProblemException problem) {
    return new Answered(line(SentImage.refused(null, problem), problem), 0);
  }

  /** Makes the image out of a line, and leaves the rest to a task of its own. */
  private Future<Answered> start(LineReader.Line line, ExecutorService tasks)
      throws InterruptedException {
    Deadline deadline = asked.deadline(line.startNanos());
    Held held = new Held(line, deadline);
    if (!held.takeImage(line.length())) { // no less than its image
      held.giveBackAll();
      return CompletableFuture.completedFuture(
          refused(ProblemException.of(RequestException.noRoom())));
    }
    ImageSource source = source(line);
    return tasks.submit(() -> {
      MDC.put("request_id", RequestContext.of(request).id());
      boolean done = false;
      try {
        SentImage image = urls.load(source, deadline, held);
        ProblemException problem = image.problem();
        Answered answered =
            held.answered(
                problem == null ? line(image, ask(image, deadline, held)) : line(image, problem));
        done = true;
        return answered;
      } finally {
        if (!done) {
          held.giveBackAll();
        }
      }
    });
  }

  /** What one line holds of the stream's share. Used by one thread at a time. */
  private final class Held implements AnswerRoom, Room {

    private final long number;
    private final Deadline deadline;
    private long image;
    private long answer;

    private Held(LineReader.Line line, Deadline deadline) {
      this.number = line.number();
      this.deadline = deadline;
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

  private ImageSource source(LineReader.Line line) {
    return switch (line.fault()) {
      case null -> json.line(line.buffer(), line.offset(), line.length(), line.number(), _ -> {});
      case TOO_LONG ->
          source(
              new ProblemException(
                  ProblemType.TOO_LARGE,
                  "Line %d is longer than a body may be. Send a smaller image."
                      .formatted(line.number())));
      case NO_ROOM -> source(ProblemException.of(RequestException.noRoom()));
    };
  }

  private static ImageSource source(ProblemException problem) {
    return new ImageSource.Here(SentImage.refused(null, problem));
  }

  /** Asks, and asks again while others fill the queue and the picture's deadline allows. */
  private Answer<T> ask(SentImage image, Deadline deadline, Held held) throws InterruptedException {
    var about = asked.about(image.encoded(), deadline).withRoom(held);
    while (true) {
      Answer<T> answer = task.question().ask(about);
      Duration wait = retryAfter(answer);
      if (wait == null) {
        return answer;
      }
      wait = wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait;
      if (deadline.atNanos() - System.nanoTime() - wait.toNanos() <= 0) {
        return answer;
      }
      held.again();
      Thread.sleep(wait);
    }
  }

  /** When to ask again what there is no time or room for now; null for every other answer. */
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

  private Object line(SentImage image, Answer<T> answer) {
    return switch (answer) {
      case Answer.Refused<T>(var failure) ->
          task.lines()
              .make(null, task.results().make(image.id(), null, Problems.of(failure, request)));
      case Answer.Answered<T> answered ->
          task.lines()
              .make(
                  ModelWire.of(answered.model()),
                  Answers.result(
                      image.id(), answered.outcomes().getFirst(), request, task.results()));
    };
  }

  private Object line(SentImage image, ProblemException problem) {
    return task.lines()
        .make(
            null,
            task.results()
                .make(image.id(), null, Problems.of(problem.type(), problem.detail(), request)));
  }
}
