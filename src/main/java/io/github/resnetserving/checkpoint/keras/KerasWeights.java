package io.github.resnetserving.checkpoint.keras;

import io.github.resnetserving.checkpoint.Printable;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Array;
import io.jhdf.HdfFile;
import io.jhdf.api.Attribute;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import io.jhdf.object.message.DataLayout;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The arrays of each layer in an HDF5 file, in the order in which Keras saves them: a convolution's
 * or a classifier's kernel and bias; a norm's scale, shift, mean and variance.
 */
final class KerasWeights {

  private static final int MAX_LAYERS = 20_000;

  private final @Nullable String config;
  private final boolean theano;
  private final Map<String, List<Array>> arrays;

  private KerasWeights(@Nullable String config, boolean theano, Map<String, List<Array>> arrays) {
    this.config = config;
    this.theano = theano;
    this.arrays = arrays;
  }

  static KerasWeights of(ByteBuffer bytes) throws WeightsException {
    long size = bytes.remaining();
    HdfFile file = HdfFile.fromByteBuffer(bytes);
    Group root = file;
    if (file.getChildren().get("model_weights") instanceof Group inner) {
      root = inner;
    }
    Map<String, List<Array>> arrays =
        file.getChildren().get("layers") instanceof Group layers
            ? numbered(layers, size)
            : named(root, size);
    if (arrays.isEmpty()) {
      throw new WeightsException(
          "it is HDF5, but no weights that Keras saved: there is %s"
              .formatted(Printable.of(String.join(", ", file.getChildren().keySet()))));
    }
    String backend = text(root, "backend");
    // Keras 1 did not say it; only for Theano it kept kernels with the outputs first.
    boolean theano =
        backend == null
            ? arrays.values().stream().anyMatch(KerasWeights::hasOutputsFirst)
            : backend.equals("theano");
    return new KerasWeights(text(file, "model_config"), theano, arrays);
  }

  /** As Keras 1 and 2 save: a group for each layer, which names its arrays. */
  private static Map<String, List<Array>> named(Group root, long size) throws WeightsException {
    Map<String, List<Array>> arrays = new LinkedHashMap<>();
    for (Node node : root.getChildren().values()) {
      if (node instanceof Group layer && layer.getAttribute("weight_names") != null) {
        List<Array> own = new ArrayList<>();
        for (String name : texts(layer.getAttribute("weight_names"))) {
          own.add(array(within(layer, name), size));
        }
        put(arrays, layer.getName(), own);
      }
    }
    return arrays;
  }

  /** What a path leads to, by groups of the file itself: jhdf's own follows links anywhere. */
  private static Node within(Group layer, String path) throws WeightsException {
    Node at = layer;
    for (String part : path.split("/", -1)) {
      Node next = at instanceof Group group ? group.getChildren().get(part) : null;
      if (next == null || next.isLink()) {
        throw new WeightsException(
            "%s has no array %s in the file itself: save the model in one file, without links"
                .formatted(Printable.of(layer.getPath()), Printable.of(path)));
      }
      at = next;
    }
    return at;
  }

  /** As Keras 3 saves: groups by the layers' classes, whose {@code vars} have the layer's name. */
  private static Map<String, List<Array>> numbered(Group layers, long size)
      throws WeightsException {
    Map<String, List<Array>> arrays = new LinkedHashMap<>();
    for (Node node : layers.getChildren().values()) {
      if (node instanceof Group layer && layer.getChildren().get("vars") instanceof Group vars) {
        String name = text(vars, "name");
        List<Array> own = new ArrayList<>();
        for (int i = 0; vars.getChildren().get(Integer.toString(i)) instanceof Dataset data; i++) {
          own.add(array(data, size));
        }
        put(arrays, name == null ? layer.getName() : name, own);
      }
    }
    return arrays;
  }

  private static void put(Map<String, List<Array>> arrays, String name, List<Array> own)
      throws WeightsException {
    if (arrays.size() >= MAX_LAYERS) {
      throw new WeightsException("it has more than %d layers".formatted(MAX_LAYERS));
    }
    arrays.put(name, own);
  }

  /** Whether it is a stem of (outputs, 3, side, side). */
  private static boolean hasOutputsFirst(List<Array> layer) {
    List<Integer> shape = layer.isEmpty() ? List.of() : layer.getFirst().shape();
    return shape.size() == 4
        && shape.get(1) == 3
        && shape.get(0) != 3
        && shape.get(2).equals(shape.get(3));
  }

  /** An array that is known to lie in the file: its size is compared before it is read. */
  private static Array array(Node node, long size) throws WeightsException {
    String name = Printable.of(node.getPath());
    if (node.isLink() || !(node instanceof Dataset data)) {
      throw new WeightsException("%s is no array of the file itself".formatted(name));
    }
    // Chunks may be compressed without bound, and a virtual array lies in other files. Keras writes
    // neither.
    DataLayout layout = data.getDataLayout();
    if (layout != DataLayout.CONTIGUOUS && layout != DataLayout.COMPACT) {
      throw new WeightsException(
          "%s is in chunks, as compressed arrays are, or in other files: save the model without compression, in one file"
              .formatted(name));
    }
    List<Integer> shape = new ArrayList<>();
    long count = 1;
    for (int length : data.getDimensions()) {
      if (length < 1 || count * length > Integer.MAX_VALUE) {
        throw new WeightsException("%s has an impossible shape".formatted(name));
      }
      count *= length;
      shape.add(length);
    }
    Class<?> type = data.getJavaType();
    if (type != float.class && type != double.class) {
      throw new WeightsException(
          "%s holds %s: save the model in float32".formatted(name, type.getSimpleName()));
    }
    if (count * (type == float.class ? Float.BYTES : Double.BYTES) > size) {
      throw new WeightsException(
          "%s has %d numbers, more than the file holds: the file is damaged; fetch it again"
              .formatted(name, count));
    }
    return new Array(shape, () -> floats(data));
  }

  private static float[] floats(Dataset dataset) {
    Object data;
    try {
      data = dataset.getDataFlat();
    } catch (RuntimeException e) { // jhdf throws as the JDK does
      throw new UncheckedIOException(
          new WeightsException(
              "%s cannot be read: the file is truncated or damaged; fetch it again"
                  .formatted(Printable.of(dataset.getPath())),
              e));
    }
    if (data instanceof float[] floats) {
      return floats;
    }
    double[] doubles = (double[]) data;
    float[] floats = new float[doubles.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) doubles[i];
    }
    return floats;
  }

  private static @Nullable String text(Group group, String attribute) {
    Attribute found = group.getAttribute(attribute);
    if (found == null || found.isEmpty()) {
      return null;
    }
    return found.getData() instanceof String text ? text : null;
  }

  private static List<String> texts(Attribute attribute) {
    return !attribute.isEmpty() && attribute.getData() instanceof String[] texts
        ? List.of(texts)
        : List.of();
  }

  /** The model's settings as JSON, where they are in the file. */
  @Nullable String config() {
    return config;
  }

  Set<String> layers() {
    return arrays.keySet();
  }

  /** Whether a layer has arrays. */
  boolean has(String layer) {
    return !arrays.getOrDefault(layer, List.of()).isEmpty();
  }

  /**
   * A layer's arrays.
   *
   * @throws WeightsException if there are not so many
   */
  List<Array> of(String layer, int least, int most) throws WeightsException {
    List<Array> own = arrays.getOrDefault(layer, List.of());
    if (own.size() < least || own.size() > most) {
      throw new WeightsException(
          "the layer %s has %d arrays; %d to %d are expected"
              .formatted(Printable.of(layer), own.size(), least, most));
    }
    return own;
  }

  /**
   * A convolution's kernel with the outputs first. Keras has them last, and Theano turned every
   * kernel by half a turn.
   */
  Array kernel(Array array, String layer) throws WeightsException {
    List<Integer> shape = array.shape();
    if (shape.size() != 4) {
      throw new WeightsException(
          "the kernel of %s has %d dimensions; 4 are expected"
              .formatted(Printable.of(layer), shape.size()));
    }
    boolean first = hasOutputsFirst();
    int outputs = shape.get(first ? 0 : 3);
    int inputs = shape.get(first ? 1 : 2);
    int height = shape.get(first ? 2 : 0);
    int width = shape.get(first ? 3 : 1);
    boolean turned = theano;
    return new Array(
        List.of(outputs, inputs, height, width),
        () -> {
          float[] from = array.values().get();
          float[] to = new float[from.length];
          int at = 0;
          for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
              for (int place = 0; place < height * width; place++) {
                int source = turned ? height * width - 1 - place : place;
                to[at++] =
                    from[
                        first
                            ? (o * inputs + i) * height * width + source
                            : (source * inputs + i) * outputs + o];
              }
            }
          }
          return to;
        });
  }

  private boolean hasOutputsFirst() {
    return arrays.values().stream().anyMatch(KerasWeights::hasOutputsFirst);
  }
}
