package io.github.resnetserving.loadgen;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.util.Timeout;

/**
 * Posts the same body again and again, and if wanted others among it, over HTTP/1.1 connections
 * that are kept open. Thread-safe, but two loads at a time measure each other.
 */
public final class HttpLoad implements AutoCloseable {

  /** Status of an answer that never came. */
  static final int BROKEN = 0;

  private static final Timeout PATIENCE = Timeout.ofMinutes(1);

  private static final int MOST_CONNECTIONS = 10_000;

  private final CloseableHttpClient client;
  private final URI uri;
  private final Post post;
  private final List<Post> others;
  private final double share;

  /** Always the same body. */
  public HttpLoad(URI uri, Post post) {
    this(uri, post, List.of(), 0);
  }

  /**
   * Others among it, in open loops.
   *
   * @param others such as hostile ones, of which each is as likely as the next; what comes of them
   *     is counted apart
   * @param share of the others, between 0 and 1
   */
  public HttpLoad(URI uri, Post post, List<Post> others, double share) {
    // The JDK's client takes more of the processor, which the server on the same machine then
    // lacks.
    this.client =
        HttpClients.custom()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setMaxConnTotal(MOST_CONNECTIONS)
                    .setMaxConnPerRoute(MOST_CONNECTIONS)
                    .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.LAX)
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom().setSocketTimeout(PATIENCE).build())
                    .build())
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setResponseTimeout(PATIENCE)
                    .setExpectContinueEnabled(false)
                    .build())
            .disableAutomaticRetries()
            .disableAuthCaching()
            .disableContentCompression()
            .disableCookieManagement()
            .disableRedirectHandling()
            .build();
    this.uri = uri;
    this.post = post;
    this.others = List.copyOf(others);
    this.share = share;
  }

  /**
   * Closed loop: each connection posts, waits for the answer, and posts again.
   *
   * @param connections at a time
   */
  public LoadResult closed(int connections, Duration time) throws InterruptedException {
    ClassicHttpRequest request = request(uri, post);
    long start = System.nanoTime();
    long end = start + time.toNanos();
    List<Callable<List<LoadResult.Response>>> clients = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      clients.add(() -> {
        List<LoadResult.Response> replies = new ArrayList<>();
        while (System.nanoTime() - end < 0) {
          replies.add(send(request, System.nanoTime()));
        }
        return replies;
      });
    }
    List<LoadResult.Response> replies = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<List<LoadResult.Response>> each : threads.invokeAll(clients)) {
        replies.addAll(each.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    return LoadResult.of(seconds(start), replies, List.of());
  }

  /**
   * Open loop: requests come at random (Poisson), independent of those before. A response time
   * counts from when the request was meant to come, so that one that was held up hides nothing
   * (coordinated omission).
   *
   * @param rate requests a second on average
   * @param query what the address gets besides, such as {@code deadline_ms=500}; empty for nothing
   */
  public LoadResult open(double rate, Duration time, long seed, String query)
      throws InterruptedException {
    URI address =
        query.isEmpty() ? uri : URI.create(uri + (uri.getRawQuery() == null ? "?" : "&") + query);
    ClassicHttpRequest own = request(address, post);
    List<ClassicHttpRequest> foreign =
        others.stream().map(other -> request(address, other)).toList();
    SplittableRandom random = new SplittableRandom(seed);
    List<Future<LoadResult.Response>> sent = new ArrayList<>();
    List<Future<LoadResult.Response>> sentOthers = new ArrayList<>();
    long start = System.nanoTime();
    List<LoadResult.Response> replies = new ArrayList<>();
    List<LoadResult.Response> ofOthers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      double at = 0;
      while (at < time.toNanos()) {
        long due = start + (long) at;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        if (!foreign.isEmpty() && random.nextDouble() < share) {
          ClassicHttpRequest other = foreign.get(random.nextInt(foreign.size()));
          sentOthers.add(threads.submit(() -> send(other, due)));
        } else {
          sent.add(threads.submit(() -> send(own, due)));
        }
        at += -Math.log(1 - random.nextDouble()) / rate * 1e9;
      }
      for (Future<LoadResult.Response> each : sent) {
        replies.add(each.get());
      }
      for (Future<LoadResult.Response> each : sentOthers) {
        ofOthers.add(each.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    return LoadResult.of(seconds(start), replies, ofOthers);
  }

  private static ClassicHttpRequest request(URI address, Post post) {
    return ClassicRequestBuilder.post(address)
        .setEntity(new ByteArrayEntity(post.body(), ContentType.parse(post.type())))
        .build();
  }

  private LoadResult.Response send(ClassicHttpRequest request, long due) {
    long begun = System.nanoTime();
    int status;
    try {
      status =
          client.execute(
              request,
              response -> {
                EntityUtils.consume(response.getEntity());
                return response.getCode();
              });
    } catch (IOException e) {
      status = BROKEN;
    }
    long now = System.nanoTime();
    return new LoadResult.Response(status, now - due, now - begun);
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  @Override
  public void close() {
    client.close(CloseMode.GRACEFUL);
  }

  /**
   * What is posted.
   *
   * @param body not copied
   * @param type such as {@code image/jpeg}
   */
  @SuppressWarnings("ArrayRecordComponent") // a file's bytes, written as they are
  public record Post(byte[] body, String type) {}
}
