package io.github.resnetserving.rest;

import io.github.resnetserving.imageurl.RemoteImages;
import io.github.resnetserving.imageurl.RemoteImages.RemoteException;
import io.github.resnetserving.imageurl.RemoteImages.Room;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.problem.ProblemType;
import io.github.resnetserving.rest.request.RequestException;
import io.github.resnetserving.rest.request.RequestLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Brings the images that a body names by their address. Thread-safe. */
final class UrlImages {

  private final RemoteImages remote;
  private final int maxBytes;

  UrlImages(RemoteImages remote, RequestLimits limits) {
    this.remote = remote;
    this.maxBytes = limits.maxBodyBytes();
  }

  /**
   * One image; what cannot be brought has a problem in place of its bytes.
   *
   * @param room where they take their memory from
   */
  ImagePart load(ImagePart.Source source, Deadline deadline, Room room) {
    return switch (source) {
      case ImagePart.Source.Inline(var image) -> image;
      case ImagePart.Source.Remote named -> {
        try {
          byte[] encoded = remote.fetch(named.url(), maxBytes, deadline.atNanos(), room);
          yield new ImagePart(named.id(), encoded);
        } catch (RemoteException e) {
          yield ImagePart.refused(named.id(), problem(named, e));
        }
      }
    };
  }

  private static ProblemException problem(ImagePart.Source.Remote named, RemoteException e) {
    ProblemType type =
        switch (e.reason()) {
          case NOT_ALLOWED -> ProblemType.URL_NOT_ALLOWED;
          case UNREACHABLE -> ProblemType.URL_UNREACHABLE;
          case TOO_LARGE -> ProblemType.TOO_LARGE;
          case NO_ROOM -> ProblemType.OVERLOADED;
        };
    return type == ProblemType.OVERLOADED
        ? ProblemException.of(RequestException.noRoom())
        : new ProblemException(type, named.where() + "url: " + e.getMessage());
  }

  /** All images of a body, several addresses at the same time. */
  List<ImagePart> loadAll(List<ImagePart.Source> sources, Deadline deadline, Room room)
      throws InterruptedException {
    if (sources.stream().allMatch(ImagePart.Source.Inline.class::isInstance)) {
      return sources.stream().map(source -> load(source, deadline, room)).toList();
    }
    try (ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<ImagePart>> loading =
          sources.stream().map(source -> tasks.submit(() -> load(source, deadline, room))).toList();
      List<ImagePart> images = new ArrayList<>(loading.size());
      for (Future<ImagePart> each : loading) {
        images.add(each.get());
      }
      return images;
    } catch (ExecutionException e) {
      throw new IllegalStateException("an image was not brought", e);
    }
  }
}
