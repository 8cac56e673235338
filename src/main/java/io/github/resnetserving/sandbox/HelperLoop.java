package io.github.resnetserving.sandbox;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePreparer;
import io.github.resnetserving.image.PreparationListener;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The helper's work: takes one image after the other from the service, which sends the next when it
 * has the reply. A thread of its own reads, so that the helper ends at once when the service has
 * ended, also when its decoder crashes.
 */
final class HelperLoop {

  /** Bytes of heap that are kept between images; what a large one took is given back. */
  private static final long KEPT_HEAP = 64 << 20;

  private final DataInputStream in;
  private final DataOutputStream out;
  private final int maxBytes;
  private final ImagePreparer preparer;
  private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();

  HelperLoop(DataInputStream in, DataOutputStream out, int maxBytes, ImagePreparer preparer) {
    this.in = in;
    this.out = out;
    this.maxBytes = maxBytes;
    this.preparer = preparer;
  }

  /** Runs until the process ends, which it does when the service's end of the pipe is closed. */
  void run(String confinement) throws IOException, InterruptedException {
    Thread.ofPlatform().daemon().name("requests").start(this::read);
    new Reply.Started(Reply.VERSION, confinement).write(out);
    while (true) {
      if (!(requests.take() instanceof Request.Image image)) {
        throw new IOException("a request out of turn");
      }
      reply(image, new Listener()).write(out);
      if (Runtime.getRuntime().totalMemory() > KEPT_HEAP) {
        System.gc();
      }
    }
  }

  private void read() {
    try {
      while (true) {
        requests.add(Request.read(in, maxBytes));
      }
    } catch (EOFException e) {
      Runtime.getRuntime().halt(0); // the service has ended, or does not need this process any more
    } catch (IOException e) {
      System.err.println(e);
      Runtime.getRuntime().halt(1);
    }
  }

  private Reply reply(Request.Image image, PreparationListener listener) {
    try {
      return new Reply.Prepared(
          preparer.prepare(image.encoded(), image.preprocessing(), image.view(), listener));
    } catch (ImageException e) {
      return new Reply.Failed(e.kind(), String.valueOf(e.getMessage()));
    } catch (CancellationException e) {
      return new Reply.GivenUp();
    }
  }

  /** Asks the service for room before pixels are decoded. */
  private final class Listener implements PreparationListener {

    private long largest;

    @Override
    public void onSize(long pixels) {
      if (pixels <= largest) {
        return;
      }
      largest = pixels;
      tell(new Reply.Size(pixels));
      try {
        if (!(requests.take() instanceof Request.Proceed)) {
          throw new CancellationException("there is no room");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CancellationException("interrupted");
      }
    }

    @Override
    public void onDecoded() {
      tell(new Reply.Decoded());
    }

    private void tell(Reply reply) {
      try {
        reply.write(out);
      } catch (IOException e) {
        System.err.println(e);
        Runtime.getRuntime().halt(1);
      }
    }
  }
}
