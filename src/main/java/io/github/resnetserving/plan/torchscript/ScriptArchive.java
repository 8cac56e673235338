package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.checkpoint.TensorSource;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript module in the zip form that {@code torch.jit.load} reads: code as text, one pickled
 * object, raw little-endian storages. Every entry is stored, because the reader maps them.
 *
 * @see <a href="https://github.com/pytorch/pytorch/blob/main/torch/csrc/jit/docs/serialization.md">
 *     TorchScript serialization</a>
 */
final class ScriptArchive {

  private static final String FOLDER = "archive/";
  private static final String TYPE = "Network";

  private final SequencedMap<String, TensorSource> attributes = new LinkedHashMap<>();
  private final StringBuilder methods = new StringBuilder();
  private final List<String> parameters;
  private final List<String> buffers;

  /**
   * Starts an archive.
   *
   * @param parameters the attributes that are trained
   * @param buffers the attributes that change in training without a gradient
   */
  ScriptArchive(List<String> parameters, List<String> buffers) {
    this.parameters = List.copyOf(parameters);
    this.buffers = List.copyOf(buffers);
  }

  /** Adds a tensor, by a name whose dots become underscores. */
  void attribute(String name, TensorSource tensor) {
    attributes.put(Script.attributeName(name), tensor);
  }

  void method(Script script, String header) {
    methods.append(script.method(header));
  }

  /** The module's source text. */
  String code() {
    StringBuilder code = new StringBuilder("class %s(Module):\n".formatted(TYPE));
    code.append("  __parameters__ = ").append(quoted(parameters)).append('\n');
    code.append("  __buffers__ = ").append(quoted(buffers)).append('\n');
    code.append("  training : bool\n");
    attributes.keySet().forEach(name -> code.append("  ").append(name).append(" : Tensor\n"));
    return code.append(methods).toString();
  }

  private static String quoted(List<String> names) {
    StringBuilder list = new StringBuilder("[");
    names.forEach(name -> list.append('"').append(name).append("\", "));
    return list.append(']').toString();
  }

  void write(Path file) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      entry(zip, "data.pkl", object());
      entry(zip, "code/__torch__.py", code().getBytes(StandardCharsets.UTF_8));
      int storage = 0;
      for (TensorSource attribute : attributes.values()) {
        entry(zip, "data/" + storage++, attribute.elements().get());
      }
      entry(zip, "constants.pkl", new PickleWriter().emptyTuple().stop());
      entry(zip, "version", "3\n".getBytes(StandardCharsets.US_ASCII));
    }
  }

  private byte[] object() {
    PickleWriter pickle = new PickleWriter();
    pickle.global("__torch__", TYPE).emptyTuple().newObject().emptyDict().mark();
    pickle.text("training").bool(false);
    int storage = 0;
    for (Map.Entry<String, TensorSource> attribute : attributes.entrySet()) {
      pickle.text(attribute.getKey());
      tensor(pickle, attribute.getValue(), storage++, parameters.contains(attribute.getKey()));
    }
    return pickle.setItems().build().stop();
  }

  private static void tensor(
      PickleWriter pickle, TensorSource tensor, int storage, boolean requiresGradient) {
    pickle.global("torch._utils", "_rebuild_tensor_v2").mark();
    pickle.mark().text("storage").global("torch", tensor.dtype().torchStorage());
    pickle.text(Integer.toString(storage)).text("cpu").integer(Math.toIntExact(tensor.count()));
    pickle.tuple().persistentId();
    pickle.integer(0).integers(tensor.shape()).integers(rowMajorStrides(tensor.shape()));
    pickle.bool(requiresGradient);
    pickle.global("collections", "OrderedDict").emptyTuple().reduce();
    pickle.tuple().reduce();
  }

  private static List<Integer> rowMajorStrides(List<Integer> shape) {
    Integer[] strides = new Integer[shape.size()];
    int stride = 1;
    for (int i = shape.size() - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape.get(i);
    }
    return List.of(strides);
  }

  private static void entry(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    ZipEntry entry = new ZipEntry(FOLDER + name);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCompressedSize(bytes.length);
    entry.setCrc(crc.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }
}
