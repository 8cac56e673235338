package io.github.resnetserving.checkpoint;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The memory of the pickle machine: a stack with marks, and the memo of values used again. Every
 * misuse is a finding about the file. For use by one thread.
 */
final class PickleStack {

  private final List<PickleValue> values = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Long, PickleValue> memo = new HashMap<>();

  void push(PickleValue value) {
    values.add(value);
  }

  PickleValue pop() throws WeightsException {
    requireValue();
    return values.removeLast();
  }

  PickleValue peek() throws WeightsException {
    requireValue();
    return values.getLast();
  }

  private void requireValue() throws WeightsException {
    int floor = marks.isEmpty() ? 0 : marks.getLast();
    if (values.size() <= floor) {
      throw new WeightsException("its pickle takes a value that is not there: the file is damaged");
    }
  }

  String popText() throws WeightsException {
    if (pop() instanceof PickleValue.Text(String text)) {
      return text;
    }
    throw new WeightsException("its pickle names a function without text: the file is damaged");
  }

  void mark() {
    marks.add(values.size());
  }

  List<PickleValue> popToMark() throws WeightsException {
    if (marks.isEmpty()) {
      throw new WeightsException("its pickle lacks a mark: the file is damaged");
    }
    List<PickleValue> above = values.subList(marks.removeLast(), values.size());
    List<PickleValue> popped = List.copyOf(above);
    above.clear();
    return popped;
  }

  /** POP takes a mark away where there is nothing above it. */
  void discard() throws WeightsException {
    if (!marks.isEmpty() && marks.getLast() == values.size()) {
      marks.removeLast();
    } else {
      pop();
    }
  }

  PickleValue tuple(int size) throws WeightsException {
    var reversed = new ArrayList<PickleValue>(size);
    for (int i = 0; i < size; i++) {
      reversed.add(pop());
    }
    return PickleValue.Items.tuple(reversed.reversed());
  }

  void list() throws WeightsException {
    PickleValue.Items list = PickleValue.Items.list();
    list.values.addAll(popToMark());
    push(list);
  }

  void append() throws WeightsException {
    PickleValue item = pop();
    appendAll(List.of(item));
  }

  void appendToMark() throws WeightsException {
    appendAll(popToMark());
  }

  private void appendAll(List<PickleValue> items) throws WeightsException {
    switch (peek()) {
      case PickleValue.Items list when list.mutable -> list.values.addAll(items);
      case PickleValue.Plain plain -> {}
      default ->
          throw new WeightsException("its pickle appends to what is no list: the file is damaged");
    }
  }

  void dict() throws WeightsException {
    List<PickleValue> items = popToMark();
    push(new PickleValue.Dict());
    setItems(items);
  }

  void setItem() throws WeightsException {
    PickleValue value = pop();
    PickleValue key = pop();
    setItems(List.of(key, value));
  }

  void setItemsToMark() throws WeightsException {
    setItems(popToMark());
  }

  private void setItems(List<PickleValue> items) throws WeightsException {
    if (items.size() % 2 != 0) {
      throw new WeightsException("its pickle has a key without a value: the file is damaged");
    }
    switch (peek()) {
      case PickleValue.Dict dict -> {
        for (int i = 0; i < items.size(); i += 2) {
          dict.put(items.get(i), items.get(i + 1));
        }
      }
      case PickleValue.Plain plain -> {}
      default ->
          throw new WeightsException(
              "its pickle sets an entry of what is no dictionary: the file is damaged");
    }
  }

  /**
   * Drops the attributes of an object, such as the {@code _metadata} that a module leaves on its
   * state dict: they describe no tensor. Those of TorchScript's objects are kept.
   *
   * @return how many entries were copied
   */
  int build() throws WeightsException {
    PickleValue state = pop();
    switch (peek()) {
      case PickleValue.Dict object
          when object.isObject && state instanceof PickleValue.Dict attributes -> {
        if (object != attributes) {
          object.entries.putAll(attributes.entries);
          return attributes.entries.size();
        }
      }
      case PickleValue.Dict dict -> {}
      case PickleValue.Plain plain -> {}
      default ->
          throw new WeightsException(
              "its pickle sets attributes of what has none: the file is damaged");
    }
    return 0;
  }

  void put(long index) throws WeightsException {
    memo.put(index, peek());
  }

  void memoize() throws WeightsException {
    put(memo.size());
  }

  void get(long index) throws WeightsException {
    PickleValue value = memo.get(index);
    if (value == null) {
      throw new WeightsException(
          "its pickle asks for value %d, which it never kept: the file is damaged"
              .formatted(index));
    }
    push(value);
  }
}
