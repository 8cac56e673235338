package io.github.resnetserving.weights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads what torch.save has written since torch 1.6: a zip archive of a pickle and one entry a
 * storage.
 *
 * <p>Source: PyTorch's serialization notes ("Serialized file format for torch.save").
 */
final class TorchZipReader {

  private static final String PICKLE = "data.pkl";

  private TorchZipReader() {}

  static Contents read(MemorySegment file) throws WeightsException {
    SequencedMap<String, MemorySegment> entries = ZipDirectory.read(file);
    Map.Entry<String, MemorySegment> pickle = pickleOf(entries);
    String root = pickle.getKey().substring(0, pickle.getKey().length() - PICKLE.length());
    if (entries.containsKey(root + "constants.pkl")) {
      throw new WeightsException(
          "it is a TorchScript archive, which holds a program: load it in Python with"
              + " torch.jit.load and save its state_dict()");
    }
    requireLittleEndian(entries.get(root + "byteorder"));
    Map<String, MemorySegment> blocks = new HashMap<>();
    String data = root + "data/";
    entries.forEach((name, bytes) -> {
      if (name.startsWith(data)) {
        blocks.put(name.substring(data.length()), bytes);
      }
    });
    PickleValue saved = PickleReader.read(new Cursor(pickle.getValue(), "its pickle"));
    return new Contents(new Storages(blocks).resolve(StateDict.find(saved)), Map.of());
  }

  /** It lies in the folder of everything else, named after the file at the time of saving. */
  private static Map.Entry<String, MemorySegment> pickleOf(
      SequencedMap<String, MemorySegment> entries) throws WeightsException {
    for (var entry : entries.entrySet()) {
      String name = entry.getKey();
      if (name.endsWith("/" + PICKLE) && name.indexOf('/') == name.lastIndexOf('/')) {
        return entry;
      }
    }
    throw new WeightsException(
        "it is a zip archive, but torch.save did not write it: it has no data.pkl"
            + firstOf(entries)
            + "; give a state dict saved with torch.save, or safetensors");
  }

  private static String firstOf(SequencedMap<String, MemorySegment> entries) {
    return entries.isEmpty() ? "" : ", but " + Shown.of(entries.firstEntry().getKey());
  }

  private static void requireLittleEndian(@Nullable MemorySegment order) throws WeightsException {
    // Absent before torch 2.1, which then meant the writer's own order: in practice little-endian.
    if (order == null) {
      return;
    }
    String value =
        new Cursor(order, "its byte order").text(Math.min(order.byteSize(), 16), ISO_8859_1);
    if (!value.equals("little")) {
      throw new WeightsException(
          "its byte order is %s: only little-endian files are read; save it again on a"
                  .formatted(Shown.of(value))
              + " little-endian machine, or as safetensors");
    }
  }
}
