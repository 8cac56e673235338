package io.github.resnetserving.checkpoint;

import io.github.resnetserving.tensor.DType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a pickle can describe here: plain data and views of storages. Values may be shared and, as a
 * hostile file likes it, contain themselves; so none of them is compared or printed by content.
 */
sealed interface PickleValue {

  /** A whole number of at most 64 bits. */
  record Whole(long value) implements PickleValue {}

  /** A whole number of more than 64 bits, such as the magic number of torch.save. */
  record Big(BigInteger value) implements PickleValue {}

  record Truth(boolean value) implements PickleValue {}

  record Text(String value) implements PickleValue {}

  /** A value that is understood and of no interest: None, a fraction, bytes, a set, a namespace. */
  enum Plain implements PickleValue {
    VALUE
  }

  /** A tuple or a list. */
  final class Items implements PickleValue {
    final List<PickleValue> values;
    final boolean mutable;

    private Items(List<PickleValue> values, boolean mutable) {
      this.values = values;
      this.mutable = mutable;
    }

    static Items tuple(List<PickleValue> values) {
      return new Items(List.copyOf(values), false);
    }

    static Items list() {
      return new Items(new ArrayList<>(), true);
    }
  }

  /** A dictionary; only entries whose key is text are kept, for only those can name a tensor. */
  final class Dict implements PickleValue {
    final SequencedMap<String, PickleValue> entries = new LinkedHashMap<>();

    /** Whether it is an object, whose entries are its attributes. */
    final boolean isObject;

    Dict() {
      this(/* isObject= */ false);
    }

    private Dict(boolean isObject) {
      this.isObject = isObject;
    }

    /** An object of TorchScript, as yet without attributes. */
    static Dict ofObject() {
      return new Dict(/* isObject= */ true);
    }

    void put(PickleValue key, PickleValue value) throws WeightsException {
      if (key instanceof Text(String name) && entries.putIfAbsent(name, value) != null) {
        throw new WeightsException(
            "the name %s appears twice in one dictionary: the file is ambiguous"
                .formatted(Printable.of(name)));
      }
    }
  }

  /** A function or class of the allow-list. */
  record Callable(PickleGlobal global) implements PickleValue {}

  /**
   * A block of elements that lies outside the pickle.
   *
   * @param key what the file calls it
   * @param count its elements
   * @param view the part of it that is meant, or null for all of it
   */
  record Storage(DType dtype, String key, long count, @Nullable View view) implements PickleValue {}

  /** A part of a storage, in elements; written by torch before 0.4. */
  record View(long offset, long count) {}

  /** A tensor as the file describes it: nothing in it has been checked yet. */
  final class StoredTensor implements PickleValue {
    final Storage storage;
    final long offset;
    final long[] shape;
    final long[] strides;

    StoredTensor(Storage storage, long offset, long[] shape, long[] strides) {
      this.storage = storage;
      this.offset = offset;
      this.shape = shape;
      this.strides = strides;
    }
  }
}
