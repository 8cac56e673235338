package io.github.resnetserving.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Posts the same body again and again, over HTTP/1.1 connections that are kept open. Thread-safe,
 * but two loads at a time measure each other.
 */
public final class HttpLoad implements AutoCloseable {

  /** Status of an answer that never came. */
  private static final int BROKEN = 0;

  private static final int OK = 200;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private record Answer(int status, long nanos) {}

  private final HttpClient client;
  private final HttpRequest request;

  /**
   * @param type of the body, such as {@code image/jpeg}
   */
  public HttpLoad(URI uri, byte[] body, String type) {
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
    this.request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", type)
            .timeout(PATIENCE)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
  }

  /**
   * Closed loop: each connection posts, waits for the answer, and posts again.
   *
   * @param connections at a time
   */
  public LoadResult closed(int connections, Duration time) throws InterruptedException {
    long start = System.nanoTime();
    long end = start + time.toNanos();
    List<Callable<List<Answer>>> clients = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      clients.add(() -> {
        List<Answer> answers = new ArrayList<>();
        while (System.nanoTime() - end < 0) {
          answers.add(send(System.nanoTime()));
        }
        return answers;
      });
    }
    List<Answer> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<List<Answer>> each : threads.invokeAll(clients)) {
        answers.addAll(each.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    return result(answers, start);
  }

  /**
   * Open loop: requests come at random (Poisson), whatever became of those before. A response time
   * counts from when the request was meant to come, so that one that was held up hides nothing
   * (coordinated omission).
   *
   * @param rate requests a second on average
   */
  public LoadResult open(double rate, Duration time, long seed) throws InterruptedException {
    SplittableRandom random = new SplittableRandom(seed);
    List<Future<Answer>> sent = new ArrayList<>();
    long start = System.nanoTime();
    List<Answer> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      double at = 0;
      while (at < time.toNanos()) {
        long due = start + (long) at;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        sent.add(threads.submit(() -> send(due)));
        at += -Math.log(1 - random.nextDouble()) / rate * 1e9;
      }
      for (Future<Answer> each : sent) {
        answers.add(each.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    return result(answers, start);
  }

  private Answer send(long due) throws InterruptedException {
    int status;
    try {
      status = client.send(request, BodyHandlers.ofByteArray()).statusCode();
    } catch (IOException e) {
      status = BROKEN;
    }
    return new Answer(status, System.nanoTime() - due);
  }

  private static LoadResult result(List<Answer> answers, long start) {
    double seconds = (System.nanoTime() - start) / 1e9;
    long[] responses =
        answers.stream().filter(a -> a.status == OK).mapToLong(Answer::nanos).toArray();
    Map<Integer, Integer> statuses =
        answers.stream().collect(Collectors.toMap(Answer::status, _ -> 1, Integer::sum));
    return new LoadResult(seconds, statuses, responses);
  }

  @Override
  public void close() {
    client.close();
  }
}
