package io.github.resnetserving.checkpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.resnetserving.checkpoint.PickleValue.Plain;
import io.github.resnetserving.checkpoint.PickleValue.Storage;
import io.github.resnetserving.checkpoint.PickleValue.Truth;
import io.github.resnetserving.checkpoint.PickleValue.Whole;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;

/**
 * Interprets one pickle, protocols 0 to 5, into {@link PickleValue}s: a pickle is a program for a
 * stack machine, and this machine can only make plain data and what {@link PickleGlobal} allows.
 *
 * <p>Sources: PEP 307, PEP 3154, and the comments of Python's {@code pickletools}. For use by one
 * thread.
 */
final class PickleReader {

  /** A ResNet-152 with its optimizer's state takes some 100,000 steps and 1 MB. */
  static final int MAX_STEPS = 2_000_000;

  static final int MAX_BYTES = 64 << 20;

  private static final int MAX_DIGITS = 255;
  private static final int MAX_LINE = 4096;

  private final Cursor in;
  private final PickleStack stack = new PickleStack();
  private final Map<String, Storage> mentioned;
  private long steps;

  private PickleReader(Cursor in, Map<String, Storage> mentioned) {
    this.in = in;
    this.mentioned = mentioned;
  }

  /** Reads from the cursor up to and including the pickle's STOP. */
  static PickleValue read(Cursor in) throws WeightsException {
    return read(in, new HashMap<>());
  }

  /**
   * The same, and keeps every storage that the pickle mentions.
   *
   * @param mentioned receives the storages by key
   */
  static PickleValue read(Cursor in, Map<String, Storage> mentioned) throws WeightsException {
    return new PickleReader(in, mentioned).run();
  }

  private PickleValue run() throws WeightsException {
    long start = in.position();
    while (true) {
      charge(1);
      if (in.position() - start > MAX_BYTES) {
        throw new WeightsException(
            "its pickle is longer than %d MiB: no state dict is; save only model.state_dict()"
                .formatted(MAX_BYTES >> 20));
      }
      long at = in.position();
      int opcode = in.u8();
      if (opcode == '.') {
        return stack.pop();
      }
      if (!readNumber(opcode)
          && !readText(opcode)
          && !readStructure(opcode)
          && !readObject(opcode)) {
        throw new WeightsException(
            ("its pickle has the opcode 0x%02x at byte %d, which weights never"
                    + " need: refused; nothing was executed")
                .formatted(opcode, at));
      }
    }
  }

  private boolean readNumber(int opcode) throws WeightsException {
    switch (opcode) {
      case 'N' -> stack.push(Plain.VALUE); // NONE
      case 0x88 -> stack.push(new Truth(true)); // NEWTRUE
      case 0x89 -> stack.push(new Truth(false)); // NEWFALSE
      case 'K' -> stack.push(new Whole(in.u8())); // BININT1
      case 'M' -> stack.push(new Whole(in.u16())); // BININT2
      case 'J' -> stack.push(new Whole(in.i32())); // BININT
      case 0x8a -> stack.push(whole(in.u8())); // LONG1
      case 0x8b -> stack.push(whole(in.i32())); // LONG4
      case 'I' -> stack.push(decimal(line())); // INT
      case 'L' -> stack.push(decimal(line())); // LONG
      case 'F' -> { // FLOAT
        line();
        stack.push(Plain.VALUE);
      }
      case 'G' -> skip(8); // BINFLOAT
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean readText(int opcode) throws WeightsException {
    switch (opcode) {
      case 'X' -> stack.push(text(in.u32())); // BINUNICODE
      case 0x8c -> stack.push(text(in.u8())); // SHORT_BINUNICODE
      case 0x8d -> stack.push(text(in.i64())); // BINUNICODE8
      case 'V' -> stack.push(new PickleValue.Text(in.line(MAX_LINE, UTF_8))); // UNICODE
      // Python 2 wrote its names as byte strings.
      case 'U' -> stack.push(latin(in.u8())); // SHORT_BINSTRING
      case 'T' -> stack.push(latin(in.i32())); // BINSTRING
      case 'S' -> stack.push(quoted(line())); // STRING
      case 'C' -> skip(in.u8()); // SHORT_BINBYTES
      case 'B' -> skip(in.u32()); // BINBYTES
      case 0x8e, 0x96 -> skip(in.i64()); // BINBYTES8, BYTEARRAY8
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean readStructure(int opcode) throws WeightsException {
    switch (opcode) {
      case 0x80 -> protocol(in.u8()); // PROTO
      case 0x95 -> in.i64(); // FRAME: a hint for buffering
      case '(' -> stack.mark();
      case '0' -> stack.discard(); // POP
      case '1' -> stack.popToMark(); // POP_MARK
      case '2' -> stack.push(stack.peek()); // DUP
      case ')' -> stack.push(stack.tuple(0)); // EMPTY_TUPLE
      case 0x85, 0x86, 0x87 -> stack.push(stack.tuple(opcode - 0x84)); // TUPLE1, 2, 3
      case 't' -> stack.push(PickleValue.Items.tuple(stack.popToMark())); // TUPLE
      case ']' -> stack.push(PickleValue.Items.list()); // EMPTY_LIST
      case 'l' -> stack.list(); // LIST
      case 'a' -> stack.append(); // APPEND
      case 'e' -> stack.appendToMark(); // APPENDS
      case '}' -> stack.push(new PickleValue.Dict()); // EMPTY_DICT
      case 'd' -> stack.dict(); // DICT
      case 's' -> stack.setItem(); // SETITEM
      case 'u' -> stack.setItemsToMark(); // SETITEMS
      case 0x8f -> stack.push(Plain.VALUE); // EMPTY_SET
      case 0x90 -> stack.popToMark(); // ADDITEMS
      case 0x91 -> { // FROZENSET
        stack.popToMark();
        stack.push(Plain.VALUE);
      }
      case 'p' -> stack.put(index(line())); // PUT
      case 'q' -> stack.put(in.u8()); // BINPUT
      case 'r' -> stack.put(in.u32()); // LONG_BINPUT
      case 0x94 -> stack.memoize(); // MEMOIZE
      case 'g' -> stack.get(index(line())); // GET
      case 'h' -> stack.get(in.u8()); // BINGET
      case 'j' -> stack.get(in.u32()); // LONG_BINGET
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean readObject(int opcode) throws WeightsException {
    switch (opcode) {
      case 'c' -> global(line(), line()); // GLOBAL
      case 0x93 -> { // STACK_GLOBAL
        String name = stack.popText();
        global(stack.popText(), name);
      }
      case 'i' -> { // INST
        global(line(), line());
        PickleValue callable = stack.pop();
        call(callable, PickleValue.Items.tuple(stack.popToMark()));
      }
      case 'R', 0x81 -> { // REDUCE, NEWOBJ
        PickleValue arguments = stack.pop();
        call(stack.pop(), arguments);
      }
      case 0x92 -> { // NEWOBJ_EX: the names of arguments are of no interest
        stack.pop();
        PickleValue arguments = stack.pop();
        call(stack.pop(), arguments);
      }
      case 'b' -> charge(stack.build()); // BUILD
      case 'Q' -> stack.push(mention(PersistentId.storage(stack.pop()))); // BINPERSID
      default -> {
        return false;
      }
    }
    return true;
  }

  private void global(String module, String name) throws WeightsException {
    stack.push(new PickleValue.Callable(PickleGlobal.named(module, name)));
  }

  private void call(PickleValue callable, PickleValue arguments) throws WeightsException {
    if (!(callable instanceof PickleValue.Callable(PickleGlobal global))
        || !(arguments instanceof PickleValue.Items items)) {
      throw new WeightsException("its pickle calls what is no function: the file is damaged");
    }
    for (PickleValue argument : items.values) {
      // A call copies its arguments' items, and one long list can be passed to many calls.
      if (argument instanceof PickleValue.Items copied) {
        charge(copied.values.size());
      }
    }
    stack.push(global.call(items.values));
  }

  private Storage mention(Storage storage) throws WeightsException {
    Storage first = mentioned.putIfAbsent(storage.key(), storage);
    if (first != null && (first.dtype() != storage.dtype() || first.count() != storage.count())) {
      throw new WeightsException(
          "its pickle describes the storage %s in two ways: the file is ambiguous"
              .formatted(Printable.of(storage.key())));
    }
    return storage;
  }

  private void charge(long count) throws WeightsException {
    steps += count;
    if (steps > MAX_STEPS) {
      throw new WeightsException(
          "its pickle takes more than %d steps: no state dict does; save only model.state_dict()"
              .formatted(MAX_STEPS));
    }
  }

  private void skip(long bytes) throws WeightsException {
    in.skip(bytes);
    stack.push(Plain.VALUE);
  }

  private String line() throws WeightsException {
    return in.line(MAX_LINE, UTF_8);
  }

  private PickleValue text(long length) throws WeightsException {
    return new PickleValue.Text(in.text(bounded(length), UTF_8));
  }

  private PickleValue latin(int length) throws WeightsException {
    return new PickleValue.Text(in.text(bounded(length), ISO_8859_1));
  }

  private static long bounded(long length) throws WeightsException {
    if (length > MAX_BYTES) {
      throw new WeightsException(
          "its pickle holds a text of %d bytes: the file is damaged".formatted(length));
    }
    return length;
  }

  private static PickleValue quoted(String line) throws WeightsException {
    if (line.length() < 2 || line.charAt(0) != line.charAt(line.length() - 1)) {
      throw new WeightsException("its pickle holds a text without quotes: the file is damaged");
    }
    return new PickleValue.Text(line.substring(1, line.length() - 1));
  }

  /** Little-endian two's complement; no bytes at all are zero. */
  private PickleValue whole(int length) throws WeightsException {
    if (length > 255) {
      throw new WeightsException(
          "its pickle holds a number of %d bytes: the file is damaged".formatted(length));
    }
    byte[] bytes = in.array(length);
    for (int i = 0, j = bytes.length - 1; i < j; i++, j--) {
      byte low = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = low;
    }
    return whole(bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes));
  }

  private static PickleValue decimal(String line) throws WeightsException {
    // Python 2 ends a long with L, and protocol 0 writes True as 01.
    String digits = line.endsWith("L") ? line.substring(0, line.length() - 1) : line;
    if (!isDecimal(digits)) {
      throw new WeightsException(
          "its pickle holds the number %s: the file is damaged".formatted(Printable.of(line)));
    }
    return whole(new BigInteger(digits));
  }

  /** At most 255 digits: reading a number takes time by the square of its length. */
  private static boolean isDecimal(String digits) {
    int first = digits.startsWith("-") ? 1 : 0;
    int count = digits.length() - first;
    for (int i = first; i < digits.length(); i++) {
      if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
        return false;
      }
    }
    return count > 0 && count <= MAX_DIGITS;
  }

  private static PickleValue whole(BigInteger value) {
    return value.bitLength() < 64 ? new Whole(value.longValue()) : new PickleValue.Big(value);
  }

  private static long index(String line) throws WeightsException {
    if (decimal(line) instanceof Whole(long index)) {
      return index;
    }
    throw new WeightsException("its pickle remembers a value without a number: it is damaged");
  }

  private static void protocol(int version) throws WeightsException {
    if (version > 5) {
      throw new WeightsException(
          "its pickle is of protocol %d, newer than 5: save it with torch.save's default"
              .formatted(version));
    }
  }
}
