package io.github.resnetserving.training;

import io.github.resnetserving.training.FileTree.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Labelled images where they lie: one folder a class, in a folder or a tar; a CSV of path and
 * label; or CIFAR's binary files. Folders {@code train}, {@code val} and {@code test} above the
 * class folders say what their images are for.
 *
 * <p>Only names and places are in memory. Images are read when they are wanted, by any thread.
 */
public final class DataSource implements AutoCloseable {

  private static final Map<String, Part> PARTS =
      Map.of(
          "train", Part.TRAINING,
          "training", Part.TRAINING,
          "val", Part.VALIDATION,
          "valid", Part.VALIDATION,
          "validation", Part.VALIDATION,
          "test", Part.TEST);

  /** What an image is for. */
  public enum Part {
    TRAINING,
    VALIDATION,
    TEST
  }

  /**
   * An image and its class.
   *
   * @param entry where it lies
   * @param planes whether that is CIFAR's planes of colour, and not an encoded image
   * @param label an index into the classes
   * @param part what it is for
   */
  record Example(Entry entry, boolean planes, int label, Part part) {

    String name() {
      return entry.name();
    }

    /** The image's file. */
    byte[] read() throws IOException {
      return planes ? CifarBinary.bmp(entry.read()) : entry.read();
    }
  }

  private final Path source;
  private final FileTree files;
  private final List<Example> examples;
  private final List<String> classes;

  private DataSource(Path source, FileTree files, List<Example> examples, List<String> classes) {
    this.source = source;
    this.files = files;
    this.examples = List.copyOf(examples);
    this.classes = List.copyOf(classes);
  }

  /**
   * Finds the images, in the order of their names.
   *
   * @param source a folder, a tar, a gzipped tar, or a file that ends in {@code .csv}
   * @throws IOException if it cannot be read, or has fewer than two classes; the message says what
   *     to do
   */
  public static DataSource open(Path source) throws IOException {
    if (source.toString().toLowerCase(Locale.ROOT).endsWith(".csv")) {
      return of(source, FileTree.none(), new CsvList(source).rows());
    }
    FileTree files = FileTree.open(source);
    boolean opened = false;
    try {
      DataSource data = open(source, files);
      opened = true;
      return data;
    } finally {
      if (!opened) {
        files.close();
      }
    }
  }

  private static DataSource open(Path source, FileTree files) throws IOException {
    var cifar = CifarBinary.find(files);
    if (cifar.isPresent()) {
      List<String> classes = cifar.get().classes();
      return new DataSource(source, files, cifar.get().examples(classes.size()), classes);
    }
    FolderLayout layout = FolderLayout.of(source, files);
    return of(source, files, layout.images());
  }

  /**
   * An image before its class has an index.
   *
   * @param label the class's name
   */
  record Labelled(Entry entry, String label, Part part) {}

  static Part part(String name) {
    return PARTS.getOrDefault(name.toLowerCase(Locale.ROOT), Part.TRAINING);
  }

  static boolean isPart(String name) {
    return PARTS.containsKey(name.toLowerCase(Locale.ROOT));
  }

  private static DataSource of(Path source, FileTree files, List<Labelled> images)
      throws IOException {
    Set<String> names = new TreeSet<>();
    images.forEach(image -> names.add(image.label()));
    List<String> classes =
        names.stream().allMatch(name -> name.matches("\\d{1,9}"))
            ? names.stream().sorted(Comparator.comparingInt(Integer::parseInt)).toList()
            : List.copyOf(names);
    if (classes.size() < 2) {
      throw new IOException(
          classes.isEmpty()
              ? "%s holds no class folders: put the images of each class into a folder of its own"
                  .formatted(source)
              : "%s holds one class alone, %s: a classifier needs at least two, each with its images"
                  .formatted(source, classes.getFirst()));
    }
    Map<String, Integer> index = new HashMap<>();
    classes.forEach(name -> index.put(name, index.size()));
    List<Example> examples = new ArrayList<>(images.size());
    for (Labelled image : images) {
      examples.add(
          new Example(
              image.entry(),
              /* planes= */ false,
              index.getOrDefault(image.label(), 0),
              image.part()));
    }
    return new DataSource(source, files, examples, classes);
  }

  /** Class names in order. */
  public List<String> classes() {
    return classes;
  }

  /** How many images there are, whatever they are for. */
  public int count() {
    return examples.size();
  }

  Example example(int position) {
    return examples.get(position);
  }

  /** An image's name in the source. */
  public String name(int position) {
    return examples.get(position).name();
  }

  /** An image's class. */
  public int label(int position) {
    return examples.get(position).label();
  }

  /** What an image is for. */
  public Part part(int position) {
    return examples.get(position).part();
  }

  /** An image's file as it is. */
  public byte[] read(int position) throws IOException {
    return examples.get(position).read();
  }

  /** The positions of the images that are for something, ascending. */
  public List<Integer> positions(Part part) {
    return IntStream.range(0, examples.size())
        .filter(i -> examples.get(i).part() == part)
        .boxed()
        .toList();
  }

  /**
   * The positions of the images to evaluate a model on: those for testing, else for validation,
   * else all.
   */
  public List<Integer> evaluated() {
    List<Integer> test = positions(Part.TEST);
    List<Integer> validation = positions(Part.VALIDATION);
    return !test.isEmpty() ? test : !validation.isEmpty() ? validation : positions(Part.TRAINING);
  }

  /**
   * What to learn from, and what to hold out: the images for validation where there are any, else a
   * share of each class.
   *
   * @throws IOException if a class has nothing to learn from or nothing held out
   */
  public Split split(double share) throws IOException {
    List<Integer> training = positions(Part.TRAINING);
    List<Integer> validation = positions(Part.VALIDATION);
    if (!validation.isEmpty()) {
      require(training, "to learn from", "add some to the training images");
      require(
          validation,
          "among those for validation",
          "add some, or remove the validation images: a share of each class is then held out");
      return new Split(training, validation);
    }
    List<Integer> labels = training.stream().map(this::label).toList();
    Split split = Split.stratified(labels, classes.size(), share);
    Split chosen =
        new Split(
            split.training().stream().map(training::get).toList(),
            split.validation().stream().map(training::get).toList());
    require(chosen.training(), "to learn from", "add at least two");
    require(chosen.validation(), "to hold out", "it needs at least two; add more, or remove it");
    return chosen;
  }

  /**
   * Leaves out images to learn from, and keeps copies together where a share is held out.
   *
   * @throws IOException if nothing to learn from is left of a class
   */
  Split curated(Split split, Curation curation) throws IOException {
    Split whole =
        positions(Part.VALIDATION).isEmpty()
            ? split.together(curation.copies(), this::label)
            : split;
    Split curated = whole.without(curation.leftOut(), curation.seldom());
    require(curated.training(), "left to learn from", "leave fewer out");
    return curated;
  }

  private void require(List<Integer> positions, String what, String advice) throws IOException {
    Set<Integer> there = new HashSet<>();
    positions.forEach(position -> there.add(label(position)));
    for (int c = 0; c < classes.size(); c++) {
      if (!there.contains(c)) {
        throw new IOException(
            "the class %s of %s has no images %s: %s"
                .formatted(classes.get(c), source, what, advice));
      }
    }
  }

  /** Images of each class among those at some positions. */
  public List<Integer> perClass(List<Integer> positions) {
    int[] counts = new int[classes.size()];
    positions.forEach(position -> counts[label(position)]++);
    return IntStream.of(counts).boxed().toList();
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
