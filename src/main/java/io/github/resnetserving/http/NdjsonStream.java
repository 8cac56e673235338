package io.github.resnetserving.http;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.Outcome;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
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

  /** Stands for a line where there are no more. */
  private static final byte[] END = {};

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
  private final BlockingQueue<Future<byte[]>> answers =
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
    Deadline deadline = asked.deadline(System.nanoTime());
    SentImage first = urls.load(source(line), deadline, share::tryTake);
    if (first.problem() == null) {
      Answer<T> answer = ask(first, deadline);
      if (answer instanceof Answer.Refused<T>(var failure)
          && !(failure instanceof Failure.Overloaded)) {
        return Problems.answer(failure, request);
      }
      answers.add(CompletableFuture.completedFuture(line(first, answer)));
    } else {
      answers.add(CompletableFuture.completedFuture(line(first, first.problem())));
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
      Future<byte[]> next = answers.peek();
      if (next == null || !next.isDone()) {
        out.flush(); // whoever waits for the lines so far has them
      }
      next = answers.take();
      byte[] line = result(next);
      if (line.length == 0) {
        return;
      }
      out.write(line);
      permits.release();
    }
  }

  private static byte[] result(Future<byte[]> answer) throws IOException, InterruptedException {
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
    } catch (ProblemException e) { // says why nothing more is read
      answers.add(CompletableFuture.completedFuture(line(SentImage.refused(null, e), e)));
    } catch (IOException | InterruptedException | RuntimeException e) {
      answers.add(CompletableFuture.failedFuture(e));
    }
    answers.add(CompletableFuture.completedFuture(END));
  }

  /** Makes the picture out of a line, and leaves the rest to a task of its own. */
  private Future<byte[]> start(LineReader.Line line, ExecutorService tasks)
      throws InterruptedException {
    Deadline deadline = asked.deadline(System.nanoTime());
    long size = line.length(); // no less than its picture
    if (!share.take(size)) {
      ProblemException noRoom = BodyLease.noRoom();
      return CompletableFuture.completedFuture(line(SentImage.refused(null, noRoom), noRoom));
    }
    ImageSource source = source(line);
    return tasks.submit(() -> {
      MDC.put("request_id", RequestContext.of(request).id());
      AtomicLong held = new AtomicLong(size);
      try {
        SentImage image = urls.load(source, deadline, more -> take(more, held));
        ProblemException problem = image.problem();
        return problem == null ? line(image, ask(image, deadline)) : line(image, problem);
      } finally {
        share.giveBack(held.get());
      }
    });
  }

  private boolean take(int more, AtomicLong held) {
    boolean taken = share.tryTake(more);
    if (taken) {
      held.addAndGet(more);
    }
    return taken;
  }

  private ImageSource source(LineReader.Line line) {
    return switch (line.fault()) {
      case null -> json.line(line.buffer(), line.offset(), line.length(), line.number());
      case TOO_LONG ->
          refused(
              new ProblemException(
                  ProblemType.TOO_LARGE,
                  "Line %d is longer than a body may be. Send a smaller image."
                      .formatted(line.number())));
      case NO_ROOM -> refused(BodyLease.noRoom());
    };
  }

  private static ImageSource refused(ProblemException problem) {
    return new ImageSource.Here(SentImage.refused(null, problem));
  }

  /** Asks, and asks again while others fill the queue and the picture's deadline allows. */
  private Answer<T> ask(SentImage image, Deadline deadline) throws InterruptedException {
    var about = asked.about(image.encoded(), deadline);
    while (true) {
      Answer<T> answer = task.question().ask(about);
      Duration wait = overloaded(answer);
      if (wait == null) {
        return answer;
      }
      wait = wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait;
      if (deadline.atNanos() - System.nanoTime() - wait.toNanos() <= 0) {
        return answer;
      }
      Thread.sleep(wait);
    }
  }

  private static @Nullable Duration overloaded(Answer<?> answer) {
    return answer instanceof Answer.Answered<?> answered
            && answered.outcomes().getFirst() instanceof Outcome.Failed<?>(var failure)
            && failure instanceof Failure.Overloaded(var wait)
        ? wait
        : null;
  }

  private byte[] line(SentImage image, Answer<T> answer) {
    return switch (answer) {
      case Answer.Refused<T>(var failure) ->
          bytes(null, task.results().make(image.id(), null, Problems.of(failure, request)));
      case Answer.Answered<T> answered ->
          bytes(
              ModelWire.of(answered.model()),
              Answers.result(image.id(), answered.outcomes().getFirst(), request, task.results()));
    };
  }

  private byte[] line(SentImage image, ProblemException problem) {
    return bytes(
        null,
        task.results()
            .make(image.id(), null, Problems.of(problem.type(), problem.detail(), request)));
  }

  private byte[] bytes(@Nullable ModelWire model, R result) {
    byte[] written = mapper.writeValueAsBytes(task.lines().make(model, result));
    byte[] line = Arrays.copyOf(written, written.length + 1);
    line[written.length] = '\n';
    return line;
  }
}
