package io.github.resnetserving.container;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Clients that send an image over and over, each as soon as the last one is answered. */
final class Load implements AutoCloseable {

  private final HttpClient client = HttpClient.newHttpClient();
  private final Map<Integer, AtomicInteger> statuses = new ConcurrentHashMap<>();
  private final Queue<IOException> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger answered = new AtomicInteger();
  private final HttpRequest request;
  private final List<Thread> clients;
  private volatile boolean running = true;

  Load(URI uri, Path image, int clients) {
    try {
      this.request =
          HttpRequest.newBuilder(uri)
              .POST(BodyPublishers.ofByteArray(Files.readAllBytes(image)))
              .build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.clients =
        IntStream.range(0, clients).mapToObj(i -> Thread.ofVirtual().start(this::send)).toList();
  }

  private void send() {
    while (running) {
      try {
        int status = client.send(request, BodyHandlers.discarding()).statusCode();
        statuses.computeIfAbsent(status, ignored -> new AtomicInteger()).incrementAndGet();
        answered.incrementAndGet();
      } catch (IOException e) {
        failures.add(e);
        return;
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  int answered() {
    return answered.get();
  }

  /** What went unanswered; a client ends with its first. */
  List<IOException> failures() {
    return List.copyOf(failures);
  }

  Map<Integer, AtomicInteger> statuses() {
    return statuses;
  }

  /** Sends nothing more, and returns when everything sent is answered or has failed. */
  void stop() throws InterruptedException {
    running = false;
    for (Thread thread : clients) {
      thread.join();
    }
  }

  @Override
  public void close() throws InterruptedException {
    stop();
    client.close();
  }
}
