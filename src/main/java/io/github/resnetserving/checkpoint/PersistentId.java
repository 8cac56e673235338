package io.github.resnetserving.checkpoint;

import io.github.resnetserving.checkpoint.PickleValue.Callable;
import io.github.resnetserving.checkpoint.PickleValue.Items;
import io.github.resnetserving.checkpoint.PickleValue.Storage;
import io.github.resnetserving.checkpoint.PickleValue.Text;
import io.github.resnetserving.checkpoint.PickleValue.View;
import io.github.resnetserving.checkpoint.PickleValue.Whole;
import io.github.resnetserving.tensor.DType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How torch.save mentions a storage that lies outside the pickle: a tuple {@code ("storage", class,
 * key, device, elements)}, in the legacy format followed by None or {@code (key, offset,
 * elements)}.
 */
final class PersistentId {

  private PersistentId() {}

  static Storage storage(PickleValue id) throws WeightsException {
    if (!(id instanceof Items items)) {
      throw malformed();
    }
    List<PickleValue> parts = items.values;
    if (parts.size() < 5
        || parts.size() > 6
        || !(parts.get(0) instanceof Text(String tag))
        || !tag.equals("storage")
        || !(parts.get(1) instanceof Callable(PickleGlobal global))
        || !(parts.get(2) instanceof Text(String key))
        || !(parts.get(4) instanceof Whole(long count))) {
      throw malformed();
    }
    DType dtype = global.dtype();
    if (dtype == null || count < 0) {
      throw malformed();
    }
    return new Storage(dtype, key, count, parts.size() == 6 ? view(parts.get(5)) : null);
  }

  private static @Nullable View view(PickleValue part) throws WeightsException {
    if (part == PickleValue.Plain.VALUE) {
      return null;
    }
    if (part instanceof Items items
        && items.values.size() == 3
        && items.values.get(1) instanceof Whole(long offset)
        && items.values.get(2) instanceof Whole(long count)) {
      return new View(offset, count);
    }
    throw malformed();
  }

  private static WeightsException malformed() {
    return new WeightsException("its pickle mentions a malformed storage: the file is damaged");
  }
}
