package io.github.resnetserving.models.download;

import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.FolderDeletion;
import io.github.resnetserving.models.FolderModels;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.download.RemoteModel.FetchedModel;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Fetches published models into a models folder: torchvision's by name ({@code resnet50}, {@code
 * resnet50-v1}), Hugging Face's by repository ({@code microsoft/resnet-50}, or {@code
 * ORG/NAME@REVISION}).
 *
 * <p>A model becomes visible whole and checked, or not at all. What a broken connection or an
 * interrupt leaves is kept in the folder's hidden {@code .fetch} and continued by the next fetch of
 * the same name, in this process or another; what is wrong is removed. A model that is there
 * already, undamaged, is not fetched again.
 *
 * <p>Thread-safe; fetches into one folder run one after the other, across processes. Blocks; an
 * interrupt of the thread ends it promptly.
 */
public final class ModelFetcher {

  private final Path folder;
  private final FetchSettings settings;
  private final TorchvisionCatalog catalog;
  private final RetryPolicy patience;
  private final Clock timing;
  private final ProxySelector proxies;

  /**
   * Fetches nothing yet.
   *
   * @param folder of models; made when it is needed
   * @param environment names proxies, as {@code HTTPS_PROXY} and {@code NO_PROXY}, where Java's own
   *     properties do not
   */
  public ModelFetcher(Path folder, FetchSettings settings, Map<String, String> environment) {
    this(
        folder,
        settings,
        TorchvisionCatalog.load(),
        RetryPolicy.USUAL,
        Clock.system(),
        Proxies.of(environment));
  }

  ModelFetcher(
      Path folder,
      FetchSettings settings,
      TorchvisionCatalog catalog,
      RetryPolicy patience,
      Clock timing,
      ProxySelector proxies) {
    this.folder = folder;
    this.settings = settings;
    this.catalog = catalog;
    this.patience = patience;
    this.timing = timing;
    this.proxies = proxies;
  }

  /** What torchvision publishes. Hugging Face's models are too many to be listed. */
  public static List<PublishedModel> published() {
    return TorchvisionCatalog.load().models();
  }

  /**
   * What a published model is called once it is here; nothing for a name that cannot be fetched.
   */
  public Optional<String> modelName(String name) {
    return find(name, null).map(RemoteModel::modelName);
  }

  /** As {@link #fetch(String, String, FetchListener)}, from where the settings say. */
  public ModelSpec fetch(String name, FetchListener listener)
      throws IOException, InterruptedException {
    return fetch(name, null, listener);
  }

  /**
   * Fetches a model, if it is not there.
   *
   * @param from a file or folder on this machine, or for torchvision's models the file's address,
   *     to take instead of what the settings say, and to judge alike; null for none
   * @throws FetchException if it cannot be had; the message says why and what to do
   * @throws IOException if what was published is no model that runs here
   */
  public ModelSpec fetch(String name, @Nullable String from, FetchListener listener)
      throws IOException, InterruptedException {
    URI address = from != null && from.matches("(?i)https?://.*") ? address(from) : null;
    RemoteModel publication = find(name, address).orElseThrow(() -> unknown(name));
    if (address != null && publication instanceof HuggingFaceModel) {
      throw FetchException.refused(
          "%s has several files: give a folder that holds them, or another address of the hub with --mirror"
              .formatted(name));
    }
    Path local = from == null || address != null ? null : local(from, publication);
    try {
      Optional<ModelSpec> there = installed(publication);
      if (there.isPresent()) {
        return there.get();
      }
      if (settings.offline() && local == null) {
        throw FetchException.refused(
            "%s is not here, and offline nothing is fetched: %s"
                .formatted(name, publication.byHand()));
      }
      return interruptibly(() -> fetch(publication, local, listener));
    } catch (ClosedByInterruptException e) {
      throw interrupted(e);
    } catch (FileSystemException e) {
      throw FetchException.interrupted(
          "%s cannot be written (%s): make room, or choose another folder with --models-dir"
              .formatted(
                  e.getFile() == null ? folder : e.getFile(),
                  e instanceof AccessDeniedException ? "permission denied" : e.getReason()),
          e);
    }
  }

  /** Runs on a virtual thread, where an interrupt ends a read of a socket, and waits for it. */
  private static ModelSpec interruptibly(Callable<ModelSpec> fetch)
      throws IOException, InterruptedException {
    FutureTask<ModelSpec> task = new FutureTask<>(fetch);
    Thread thread = Thread.ofVirtual().name("fetch").start(task);
    try {
      return task.get();
    } catch (InterruptedException e) {
      thread.interrupt();
      thread.join(); // it lets go of the folder at once
      throw e;
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNull(e.getCause());
      switch (cause) {
        case IOException failure -> throw failure;
        case InterruptedException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        default -> throw new IllegalStateException(cause);
      }
    }
  }

  private ModelSpec fetch(RemoteModel publication, @Nullable Path local, FetchListener listener)
      throws IOException, InterruptedException {
    Path hidden = Files.createDirectories(folder.resolve(".fetch"));
    try (FolderLock lock =
        FolderLock.acquire(hidden.resolve("lock"), timing, listener::onWaiting)) {
      Optional<ModelSpec> there = installed(publication); // another may have just brought it
      if (there.isPresent()) {
        return there.get();
      }
      Path staging = Files.createDirectories(hidden.resolve(publication.modelName()));
      boolean kept = false;
      try (HttpFetcher web = new HttpFetcher(patience, proxies)) {
        FileSource carrier =
            local == null
                ? new HttpFileSource(staging, web, patience, timing, listener)
                : new LocalFileSource(staging, local);
        return place(publication, carrier, listener);
      } catch (InterruptedException e) {
        kept = true;
        throw e;
      } catch (FetchException e) {
        kept = e.isResumable();
        throw e;
      } catch (FileSystemException e) { // no room, or no permission: what has come is good
        kept = true;
        throw e;
      } catch (IOException e) {
        if (Thread.currentThread().isInterrupted()) { // an interrupt may look like any failure
          kept = true;
          throw interrupted(e);
        }
        throw e;
      } finally {
        if (!kept || isEmpty(staging)) {
          FolderDeletion.delete(staging);
        }
      }
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  private ModelSpec place(RemoteModel publication, FileSource carrier, FetchListener listener)
      throws IOException, InterruptedException {
    KnownDigests known = KnownDigests.in(folder);
    FetchedModel fetched = publication.bring(carrier, known);
    NetworkOptions network = NetworkOptions.of(fetched.variant());
    int classes;
    try (NetworkFile file = NetworkFile.open(fetched.weights().path().toUri(), network)) {
      classes = file.network().topology().classes();
      network = file.reading().options();
    }
    Labels labels = labels(fetched, classes);
    try {
      known.record(fetched.provenance().url(), fetched.weights().sha256());
      ModelSpec placed =
          new FolderModels(folder)
              .adopt(
                  publication.modelName(),
                  fetched.weights().path(),
                  network,
                  fetched.preprocessing(),
                  labels,
                  Map.of(Provenance.FILE, fetched.provenance().toJson()));
      fetched.notes().forEach(listener::onNote);
      return placed;
    } catch (ClosedByInterruptException | FetchException e) {
      throw e;
    } catch (IOException e) { // what has come is good
      throw FetchException.interrupted(
          "%s cannot be placed in %s (%s): make room, and give the same command again"
              .formatted(publication.modelName(), folder, e.getMessage()),
          e);
    }
  }

  private static Labels labels(FetchedModel fetched, int classes) throws ModelException {
    Labels told = fetched.labels();
    if (classes == 0) {
      return Labels.NONE;
    }
    if (told == null) {
      return Labels.assumed(classes);
    }
    if (told.count() != classes) {
      throw new ModelException(
          "the classifier has %d classes, but %d labels are published with it: give one label for each class, with models add"
              .formatted(classes, told.count()));
    }
    return told;
  }

  /** The newest version that is this publication, and undamaged. */
  private Optional<ModelSpec> installed(RemoteModel publication) throws IOException {
    FolderModels models = new FolderModels(folder);
    String name = publication.modelName();
    for (String version : models.versions(name)) {
      try {
        ModelSpec model = models.find(name, version).orElseThrow();
        if (publication.isSame(model, Provenance.read(folder.resolve(name).resolve(version)))) {
          ModelRepository.verify(model);
          return Optional.of(model);
        }
      } catch (ModelException _) {
        // Damaged: it is fetched again, as the next version.
      }
    }
    return Optional.empty();
  }

  private Optional<RemoteModel> find(String name, @Nullable URI location) {
    Optional<PublishedModel> known = catalog.find(name);
    return known.isPresent()
        ? known.map(model -> new TorchvisionModel(model, settings.torchvision(), location))
        : HuggingFaceModel.find(name, settings).map(publication -> publication);
  }

  private FetchException unknown(String name) {
    return FetchException.refused(
        "there is no published model %s; there are: %s; and Hugging Face's, as ORG/NAME"
            .formatted(
                name,
                String.join(", ", catalog.models().stream().map(PublishedModel::name).toList())));
  }

  private static URI address(String from) throws FetchException {
    try {
      URI address = URI.create(from);
      if (Locations.isHttp(address)) {
        return address;
      }
    } catch (IllegalArgumentException _) {
      // told below
    }
    throw FetchException.refused("\"%s\" is no address of a file".formatted(from));
  }

  private static Path local(String from, RemoteModel publication) throws FetchException {
    Path path;
    try {
      path = Path.of(from);
    } catch (InvalidPathException e) {
      throw FetchException.refused("\"%s\" is no path of a file or folder".formatted(from), e);
    }
    if (!Files.exists(path)) {
      throw FetchException.refused("there is no file or folder %s".formatted(path));
    }
    if (publication instanceof HuggingFaceModel && !Files.isDirectory(path)) {
      throw FetchException.refused(
          "%s is one file: give the folder that also holds config.json and preprocessor_config.json"
              .formatted(path));
    }
    return path;
  }

  private static InterruptedException interrupted(IOException cause) {
    Thread.interrupted(); // told by the exception now
    InterruptedException told = new InterruptedException("the fetch was interrupted");
    told.initCause(cause);
    return told;
  }

  /**
   * Weights that torchvision publishes.
   *
   * @param name what to fetch: {@code resnet50} for the best weights of an architecture, else with
   *     their number, {@code resnet50-v1}
   * @param weights what torchvision calls them, such as {@code IMAGENET1K_V2}
   * @param file the file's name
   * @param sha256 the first digits of its digest
   * @param accuracy share of ImageNet's validation images that are classified correctly, in per
   *     cent, as torchvision tells it
   * @param accuracy5 the same for the five most probable classes
   * @param parameters numbers that were learnt
   * @param mebibytes the file's size
   */
  public record PublishedModel(
      String name,
      String weights,
      String file,
      String sha256,
      double accuracy,
      double accuracy5,
      long parameters,
      double mebibytes,
      Preprocessing preprocessing) {}
}
