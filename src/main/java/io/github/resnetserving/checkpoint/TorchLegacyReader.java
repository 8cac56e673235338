package io.github.resnetserving.checkpoint;

import io.github.resnetserving.checkpoint.Checkpoint.Contents;
import io.github.resnetserving.checkpoint.PickleValue.Big;
import io.github.resnetserving.checkpoint.PickleValue.Dict;
import io.github.resnetserving.checkpoint.PickleValue.Items;
import io.github.resnetserving.checkpoint.PickleValue.Storage;
import io.github.resnetserving.checkpoint.PickleValue.Text;
import io.github.resnetserving.checkpoint.PickleValue.Truth;
import io.github.resnetserving.checkpoint.PickleValue.Whole;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what torch.save wrote before torch 1.6: pickles of a magic number, a version, the writer's
 * machine, the object and the storages' keys, then each storage as a count and raw elements.
 *
 * <p>Source: PyTorch's {@code torch/serialization.py}, {@code _legacy_save}.
 */
final class TorchLegacyReader {

  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final int PROTOCOL = 1001;

  private TorchLegacyReader() {}

  /**
   * Reads a whole file.
   *
   * @param stateDict which of several to take; null for the likeliest
   */
  static Contents read(MemorySegment file, @Nullable String stateDict) throws WeightsException {
    Cursor in = new Cursor(file, "the file");
    if (!(PickleReader.read(in) instanceof Big(BigInteger magic)) || !magic.equals(MAGIC)) {
      throw new WeightsException(
          "it is a Python pickle, but torch.save did not write it: save model.state_dict() with"
              + " torch.save, or as safetensors");
    }
    if (!(PickleReader.read(in) instanceof Whole(long version)) || version != PROTOCOL) {
      throw new WeightsException(
          "its format is not version %d of torch.save's: save it again with a newer torch"
              .formatted(PROTOCOL));
    }
    requireLittleEndian(PickleReader.read(in));
    Map<String, Storage> mentioned = new HashMap<>();
    PickleValue saved = PickleReader.read(in, mentioned);
    Map<String, MemorySegment> blocks = blocks(in, PickleReader.read(in), mentioned);
    StateDict.Found found = StateDict.find(saved, stateDict);
    return new Contents(
        new Storages(blocks).resolve(found.tensors()), Map.of(), found.taken(), found.all());
  }

  private static void requireLittleEndian(PickleValue machine) throws WeightsException {
    if (machine instanceof Dict dict
        && dict.entries.get("little_endian") instanceof Truth(boolean little)
        && !little) {
      throw new WeightsException(
          "its byte order is big: only little-endian files are read; save it again on a"
              + " little-endian machine, or as safetensors");
    }
  }

  private static Map<String, MemorySegment> blocks(
      Cursor in, PickleValue keys, Map<String, Storage> mentioned) throws WeightsException {
    if (!(keys instanceof Items items)) {
      throw new WeightsException("it does not list its storages: the file is damaged");
    }
    Map<String, MemorySegment> blocks = new HashMap<>();
    for (PickleValue item : items.values) {
      Storage storage = item instanceof Text(String key) ? mentioned.get(key) : null;
      // Only the pickle knows the size of an element, so an unmentioned storage cannot be skipped.
      if (storage == null) {
        throw new WeightsException(
            "it lists a storage that no tensor mentions: the file is damaged");
      }
      long count = in.i64();
      if (count != storage.count()) {
        throw new WeightsException(
            "its storage %s has %d elements where its pickle says %d: the file is damaged"
                .formatted(Printable.of(storage.key()), count, storage.count()));
      }
      // A count this large is longer than any file; so that the product does not overflow.
      long bytes = count > Long.MAX_VALUE / 8 ? Long.MAX_VALUE : count * storage.dtype().bytes();
      if (blocks.putIfAbsent(storage.key(), in.slice(bytes)) != null) {
        throw new WeightsException(
            "it lists the storage %s twice: the file is ambiguous"
                .formatted(Printable.of(storage.key())));
      }
    }
    return blocks;
  }
}
