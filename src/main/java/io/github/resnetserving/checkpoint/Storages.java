package io.github.resnetserving.checkpoint;

import io.github.resnetserving.checkpoint.PickleValue.Storage;
import io.github.resnetserving.checkpoint.PickleValue.StoredTensor;
import io.github.resnetserving.checkpoint.PickleValue.View;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** Joins what a pickle says of tensors with the blocks of elements that lie outside it. */
final class Storages {

  /** The blocks of a file, by the key its pickle calls them. */
  private final Map<String, MemorySegment> blocks;

  Storages(Map<String, MemorySegment> blocks) {
    this.blocks = blocks;
  }

  SequencedMap<String, Tensor> resolve(SequencedMap<String, StoredTensor> stored)
      throws WeightsException {
    var tensors = new LinkedHashMap<String, Tensor>();
    for (var entry : stored.entrySet()) {
      String name = entry.getKey();
      try {
        tensors.put(name, resolve(name, entry.getValue()));
      } catch (WeightsException e) {
        throw e.in("tensor " + Printable.of(name));
      }
    }
    return tensors;
  }

  private Tensor resolve(String name, StoredTensor tensor) throws WeightsException {
    Storage storage = tensor.storage;
    MemorySegment elements = elements(storage);
    Layout layout =
        Layout.strided(
            tensor.shape,
            tensor.strides,
            tensor.offset,
            elements.byteSize() / storage.dtype().bytes());
    return new Tensor(name, storage.dtype(), layout, elements);
  }

  private MemorySegment elements(Storage storage) throws WeightsException {
    MemorySegment block = blocks.get(storage.key());
    if (block == null) {
      throw new WeightsException(
          "its storage %s is not in the file: the file is damaged"
              .formatted(Printable.of(storage.key())));
    }
    int bytes = storage.dtype().bytes();
    if (storage.count() > block.byteSize() / bytes) {
      throw new WeightsException(
          "its storage %s has %d bytes, too few for %d elements of %s: the file is damaged"
              .formatted(
                  Printable.of(storage.key()), block.byteSize(), storage.count(), storage.dtype()));
    }
    View view = storage.view();
    if (view == null) {
      return block.asSlice(0, storage.count() * bytes);
    }
    if (view.offset() < 0
        || view.count() < 0
        || view.offset() > storage.count()
        || view.count() > storage.count() - view.offset()) {
      throw new WeightsException(
          "its view of %d elements from %d leaves its storage of %d: the file is damaged"
              .formatted(view.count(), view.offset(), storage.count()));
    }
    return block.asSlice(view.offset() * bytes, view.count() * bytes);
  }
}
