package io.github.resnetserving.plan.onednn;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The symbol table of a 64-bit little-endian ELF file: also the functions that a library keeps to
 * itself, which the dynamic loader does not find.
 *
 * @see <a href="https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.symtab.html">System V ABI,
 *     chapter 4</a>
 */
final class SymbolTable {

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int MAGIC = 0x464c457f; // 0x7f, "ELF"
  private static final int CLASS_64 = 2;
  private static final int LITTLE_ENDIAN = 1;
  private static final int SYMBOLS = 2; // SHT_SYMTAB
  private static final int FUNCTION = 2; // STT_FUNC
  private static final int SYMBOL_SIZE = 24;

  private SymbolTable() {}

  /**
   * Addresses of the functions whose names begin with a prefix, as if the library were loaded at 0.
   *
   * @return by name; empty where the file has been stripped of its symbols
   * @throws IOException if the file cannot be read or is not such a file
   */
  static Map<String, Long> functions(Path library, String prefix) throws IOException {
    try (FileChannel channel = FileChannel.open(library);
        Arena arena = Arena.ofConfined()) {
      return functions(channel.map(MapMode.READ_ONLY, 0, channel.size(), arena), prefix);
    } catch (IndexOutOfBoundsException e) {
      throw new IOException("%s is cut off".formatted(library), e);
    }
  }

  private static Map<String, Long> functions(MemorySegment file, String prefix) throws IOException {
    if (file.get(INT, 0) != MAGIC
        || file.get(JAVA_BYTE, 4) != CLASS_64
        || file.get(JAVA_BYTE, 5) != LITTLE_ENDIAN) {
      throw new IOException("not a 64-bit little-endian ELF file");
    }
    long sections = file.get(LONG, 40);
    int sectionSize = file.get(SHORT, 58);
    int count = file.get(SHORT, 60) & 0xffff;
    Map<String, Long> found = new HashMap<>();
    for (int i = 0; i < count; i++) {
      long section = sections + (long) i * sectionSize;
      if (file.get(INT, section + 4) == SYMBOLS) {
        long names = sections + (long) file.get(INT, section + 40) * sectionSize;
        collect(content(file, section), content(file, names), prefix, found);
      }
    }
    return found;
  }

  private static MemorySegment content(MemorySegment file, long section) {
    return file.asSlice(file.get(LONG, section + 24), file.get(LONG, section + 32));
  }

  private static void collect(
      MemorySegment symbols, MemorySegment names, String prefix, Map<String, Long> found) {
    byte[] start = prefix.getBytes(StandardCharsets.US_ASCII);
    for (long at = 0; at < symbols.byteSize(); at += SYMBOL_SIZE) {
      long name = Integer.toUnsignedLong(symbols.get(INT, at));
      // Half a million names: only those that are wanted become strings.
      if ((symbols.get(JAVA_BYTE, at + 4) & 0xf) == FUNCTION && startsWith(names, name, start)) {
        found.put(names.getString(name), symbols.get(LONG, at + 8));
      }
    }
  }

  private static boolean startsWith(MemorySegment names, long name, byte[] start) {
    for (int i = 0; i < start.length; i++) {
      if (names.get(JAVA_BYTE, name + i) != start[i]) {
        return false;
      }
    }
    return true;
  }
}
