package io.github.resnetserving.similarity;

import io.github.resnetserving.similarity.Neighbours.Neighbour;
import io.github.resnetserving.tensor.NpyHeader;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Features of images in a folder: {@code vectors.npy}, (images, width) numbers of unit length;
 * {@code images.ndjson}, a line for each row with the image's name as JSON has strings; {@code
 * index.json}, which names the model; and the graph {@code hnsw} where there are more rows than are
 * compared one by one. Thread-safe.
 */
public final class ImageIndex implements AutoCloseable {

  private static final JsonMapper JSON = new JsonMapper();
  private static final String VECTORS = "vectors.npy";
  private static final String NAMES = "images.ndjson";
  private static final String ABOUT = "index.json";
  private static final String GRAPH = "hnsw";

  /**
   * What made the features.
   *
   * @param name the model's
   * @param digest of its weights, with which other features cannot be compared
   */
  public record Model(String name, String digest) {}

  /**
   * An image of the index.
   *
   * @param similarity cosine, at most 1
   */
  public record Match(String image, double similarity) {}

  private final List<String> names;
  private final Model model;
  private final Neighbours neighbours;

  private ImageIndex(List<String> names, Model model, Neighbours neighbours) {
    this.names = names;
    this.model = model;
    this.neighbours = neighbours;
  }

  /**
   * Writes an index; one in the same folder is replaced.
   *
   * @param folder is created where it is not there
   * @param names of the images
   * @param features of each, of any length
   */
  public static void write(Path folder, Model model, List<String> names, List<float[]> features)
      throws IOException {
    Files.createDirectories(folder);
    Files.deleteIfExists(folder.resolve(ABOUT)); // an index that is not whole cannot be opened
    float[][] rows = features.stream().map(Neighbours::unit).toArray(float[][]::new);
    int width = rows.length == 0 ? 0 : rows[0].length;
    try (OutputStream out =
        new BufferedOutputStream(Files.newOutputStream(folder.resolve(VECTORS)), 1 << 16)) {
      out.write(NpyHeader.of(/* half= */ false, List.of(rows.length, width), 0));
      ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * width).order(ByteOrder.LITTLE_ENDIAN);
      for (float[] row : rows) {
        bytes.clear().asFloatBuffer().put(row);
        out.write(bytes.array());
      }
    }
    Files.write(folder.resolve(NAMES), names.stream().map(JSON::writeValueAsString).toList());
    if (rows.length > Neighbours.EXACT_ROWS) {
      HnswNeighbours.write(folder.resolve(GRAPH), rows);
    }
    ObjectNode about = JSON.createObjectNode();
    about.put("model", model.name());
    about.put("digest", model.digest());
    about.put("images", rows.length);
    about.put("width", width);
    Files.writeString(folder.resolve(ABOUT), about.toPrettyString() + "\n");
  }

  /**
   * Opens what {@link #write} wrote.
   *
   * @throws IOException if the folder holds no whole index; the message says what to do
   */
  public static ImageIndex open(Path folder) throws IOException {
    JsonNode about;
    try {
      about = JSON.readTree(Files.readString(folder.resolve(ABOUT)));
    } catch (NoSuchFileException e) {
      throw new IOException("%s holds no index: make one with similar build".formatted(folder), e);
    } catch (JacksonException e) {
      throw broken(folder, ABOUT + " is no JSON");
    }
    int images = about.path("images").asInt(-1);
    int width = about.path("width").asInt(-1);
    List<String> names = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(folder.resolve(NAMES))) {
        names.add(JSON.readValue(line, String.class));
      }
    } catch (JacksonException e) {
      throw broken(folder, NAMES + " is not as it was written");
    }
    if (names.size() != images) {
      throw broken(folder, "%s names %d images of %d".formatted(NAMES, names.size(), images));
    }
    Neighbours neighbours =
        images > Neighbours.EXACT_ROWS
            ? HnswNeighbours.open(folder.resolve(GRAPH))
            : new ExactNeighbours(vectors(folder, images, width));
    Model model = new Model(about.path("model").asString(""), about.path("digest").asString(""));
    return new ImageIndex(List.copyOf(names), model, neighbours);
  }

  private static IOException broken(Path folder, String why) {
    return new IOException("%s: %s; make it anew with similar build".formatted(folder, why));
  }

  private static float[][] vectors(Path folder, int images, int width) throws IOException {
    Path file = folder.resolve(VECTORS);
    byte[] header = NpyHeader.of(/* half= */ false, List.of(images, width), 0);
    if (Files.size(file) != header.length + (long) Float.BYTES * images * width) {
      throw broken(folder, "%s is not of %d x %d numbers".formatted(VECTORS, images, width));
    }
    float[][] rows = new float[images][width];
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        DataInputStream data = new DataInputStream(in)) {
      if (!Arrays.equals(in.readNBytes(header.length), header)) {
        throw broken(folder, VECTORS + " is another array than " + ABOUT + " says");
      }
      byte[] bytes = new byte[Float.BYTES * width];
      for (float[] row : rows) {
        data.readFully(bytes);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(row);
      }
    }
    return rows;
  }

  /** What made the features. */
  public Model model() {
    return model;
  }

  /** How many images there are. */
  public int size() {
    return names.size();
  }

  /**
   * The images most like some features.
   *
   * @param features of any length, made by {@link #model}
   * @param most how many at most
   * @return best first
   */
  public List<Match> nearest(float[] features, int most) throws IOException {
    List<Match> matches = new ArrayList<>();
    for (Neighbour found : neighbours.nearest(Neighbours.unit(features), most)) {
      matches.add(new Match(names.get(found.row()), found.similarity()));
    }
    return matches;
  }

  @Override
  public void close() throws IOException {
    neighbours.close();
  }
}
