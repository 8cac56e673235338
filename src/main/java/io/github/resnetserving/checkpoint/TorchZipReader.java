package io.github.resnetserving.checkpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.resnetserving.checkpoint.Checkpoint.Contents;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what torch.save has written since torch 1.6: a zip archive of a pickle and one entry a
 * storage.
 *
 * <p>Source: PyTorch's serialization notes ("Serialized file format for torch.save").
 */
final class TorchZipReader {

  /** In the metadata: the weights lay beside a program, which is not looked at. */
  static final String PROGRAM = "__torchscript__";

  private static final String PICKLE = "data.pkl";

  private TorchZipReader() {}

  /**
   * Reads a whole file.
   *
   * @param stateDict which of several to take; null for the likeliest
   */
  static Contents read(MemorySegment file, @Nullable String stateDict) throws WeightsException {
    ZipDirectory archive = ZipDirectory.read(file);
    String pickle = pickleOf(archive);
    String root = pickle.substring(0, pickle.length() - PICKLE.length());
    if (archive.has(root + "byteorder")) {
      requireLittleEndian(archive.bytes(root + "byteorder"));
    }
    PickleValue saved = PickleReader.read(new Cursor(archive.bytes(pickle), "its pickle"));
    Map<String, MemorySegment> blocks = new HashMap<>();
    String data = root + "data/";
    for (String name : archive.names()) {
      if (name.startsWith(data)) {
        blocks.put(name.substring(data.length()), archive.bytes(name));
      }
    }
    StateDict.Found found = StateDict.find(saved, stateDict);
    return new Contents(
        new Storages(blocks).resolve(found.tensors()),
        archive.has(root + "constants.pkl") ? Map.of(PROGRAM, "TorchScript") : Map.of(),
        found.taken(),
        found.all());
  }

  /** It lies in the folder of everything else, named after the file at the time of saving. */
  private static String pickleOf(ZipDirectory archive) throws WeightsException {
    ForeignArchive.requireNone(archive.names());
    for (String name : archive.names()) {
      if (name.endsWith("/" + PICKLE) && name.indexOf('/') == name.lastIndexOf('/')) {
        return name;
      }
    }
    throw ForeignArchive.unknown(archive.names());
  }

  private static void requireLittleEndian(MemorySegment order) throws WeightsException {
    // Absent before torch 2.1, which then meant the writer's own order: in practice little-endian.
    String value =
        new Cursor(order, "its byte order").text(Math.min(order.byteSize(), 16), ISO_8859_1);
    if (!value.equals("little")) {
      throw new WeightsException(
          "its byte order is %s: only little-endian files are read; save it again on a"
                  .formatted(Printable.of(value))
              + " little-endian machine, or as safetensors");
    }
  }
}
