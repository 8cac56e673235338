package io.github.resnetserving.openinference;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.tensor.NetworkInput;
import io.github.resnetserving.tensor.NetworkInput.NormalizedImage;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The input of a request while its parts are read, in any order. Each part is checked when it
 * comes, so what exceeds a limit is refused before it is held. Used by one thread.
 */
final class InputTensor {

  /** Encoded images. */
  static final String IMAGE = "image";

  /** Standardised numbers, or in UINT8 an image's pixels, which the server standardises. */
  static final String INPUT = "input";

  private static final Map<String, Element> ELEMENTS =
      Arrays.stream(Element.values()).collect(Collectors.toMap(Element::name, each -> each));

  private final int maxImages;
  private final int side;
  private final int each; // elements of an image
  private final Allowance allowance;
  private final InputShape shape;
  private @Nullable String name;
  private @Nullable String datatype;
  private @Nullable Element typed; // what typed contents of gRPC say, where they are typed
  private final List<byte[]> images = new ArrayList<>();
  private final List<float[]> arrays = new ArrayList<>(); // (3, side, side) an image
  private float[] last = {}; // of arrays
  private long count; // elements in arrays

  /** What an element of {@code input} may be. */
  enum Element {
    FP32(Float.BYTES) {
      @Override
      float read(ByteBuffer raw) {
        return raw.getFloat();
      }
    },
    FP16(Short.BYTES) {
      @Override
      float read(ByteBuffer raw) {
        return Float.float16ToFloat(raw.getShort());
      }
    },
    UINT8(Byte.BYTES) {
      @Override
      float read(ByteBuffer raw) {
        return Byte.toUnsignedInt(raw.get());
      }
    };

    private final int bytes;

    Element(int bytes) {
      this.bytes = bytes;
    }

    /** The next element of a little-endian buffer. */
    abstract float read(ByteBuffer raw);
  }

  /**
   * @param spec the model that the input is for
   * @param maxImages images of a request at most
   * @param allowance what the elements may take of the memory
   */
  InputTensor(ModelSpec spec, int maxImages, Allowance allowance) {
    this.maxImages = maxImages;
    this.side = spec.preprocessing().crop();
    this.each = Math.multiplyExact(3, Math.multiplyExact(side, side));
    this.shape = new InputShape(spec.name(), side, maxImages);
    this.allowance = allowance;
  }

  /**
   * What a request may hold beside its body: as much as the body has bytes, which the budget of
   * bodies allows for, and beyond that what its lease gets.
   */
  static final class Allowance {

    private final Budget.Lease lease;
    private long free;

    /**
     * @param bytes of the body or message, which the lease holds
     */
    Allowance(Budget.Lease lease, long bytes) {
      this.lease = lease;
      this.free = bytes;
    }

    /** Takes so many bytes, before they are allocated. */
    void take(long bytes) throws ProtocolException {
      long beyond = Math.max(0, bytes - free);
      free -= bytes - beyond;
      if (beyond > 0 && !lease.tryGrow(beyond)) {
        throw ProtocolException.noRoom();
      }
    }
  }

  void name(String given) throws ProtocolException {
    if (!given.equals(IMAGE) && !given.equals(INPUT)) {
      throw ProtocolException.invalid(
          "There is no input %s. Send image (BYTES) or input (FP32, FP16 or UINT8)."
              .formatted(ProtocolException.clipped(given)));
    }
    name = given;
    requireDatatype();
    requireKind();
  }

  void datatype(String given) throws ProtocolException {
    datatype = given;
    requireDatatype();
  }

  private void requireDatatype() throws ProtocolException {
    if (name == null || datatype == null) {
      return;
    }
    boolean fits = name.equals(IMAGE) ? datatype.equals("BYTES") : ELEMENTS.containsKey(datatype);
    if (!fits) {
      throw ProtocolException.invalid(
          "The datatype of %s is %s: it must be %s."
              .formatted(
                  name,
                  ProtocolException.clipped(datatype),
                  name.equals(IMAGE) ? "BYTES" : "FP32, FP16 or UINT8"));
    }
  }

  /** The shape, to be read as its sizes come. */
  InputShape shape() {
    return shape;
  }

  /** To be called before elements are read: with a wrong shape none of them is. */
  void elements() throws ProtocolException {
    if (name != null && shape.isGiven()) {
      requireShape();
    }
  }

  /** The next element of {@code image}, to be called before it is held. */
  void requireImage() throws ProtocolException {
    if (INPUT.equals(name)) {
      throw notNumbers();
    }
    if (images.size() == maxImages) {
      throw ProtocolException.invalid(
          "There are more than %d images: a request may have no more.".formatted(maxImages));
    }
  }

  /**
   * @param encoded the next element of {@code image}; not copied
   */
  void image(byte[] encoded) throws ProtocolException {
    requireImage();
    images.add(encoded);
    requireKind();
  }

  /** The next element of {@code input}. */
  void number(float number) throws ProtocolException {
    int at = (int) (count % each);
    if (at == 0) {
      begin();
    }
    if (!Float.isFinite(number)) {
      throw notFinite(count, number);
    }
    last[at] = number;
    count++;
  }

  /** Notes that the elements come as gRPC's contents of this type. */
  void typed(Element element) {
    typed = element;
  }

  /** So many next elements of {@code input}, little-endian. */
  void numbers(ByteBuffer raw, Element element) throws ProtocolException {
    if (raw.remaining() % element.bytes != 0) {
      throw ProtocolException.invalid(
          "%d bytes are no whole number of %s elements.".formatted(raw.remaining(), element));
    }
    ByteBuffer rest = raw.slice().order(ByteOrder.LITTLE_ENDIAN);
    while (rest.hasRemaining()) {
      int at = (int) (count % each);
      if (at == 0) {
        begin();
      }
      int end = at + Math.min(each - at, rest.remaining() / element.bytes);
      for (int i = at; i < end; i++) {
        last[i] = element.read(rest);
        if (!Float.isFinite(last[i])) {
          throw notFinite(count + i - at, last[i]);
        }
      }
      count += end - at;
    }
  }

  /** The array of the next image. */
  private void begin() throws ProtocolException {
    if (IMAGE.equals(name)) {
      throw notBytes();
    }
    long most = INPUT.equals(name) ? Math.min(shape.images(), maxImages) : maxImages;
    if (arrays.size() >= most) {
      throw ProtocolException.invalid(
          "The input has more than %d elements: that are %d images of 3 x %d x %d."
              .formatted(most * each, most, side, side));
    }
    allowance.take((long) each * Float.BYTES);
    last = new float[each];
    arrays.add(last);
  }

  /** Elements as the binary tensor extension and raw_input_contents have them; after the name. */
  void raw(ByteBuffer raw) throws ProtocolException {
    String known = requireName();
    elements();
    if (known.equals(IMAGE)) {
      RawTensors.split(raw, this, allowance);
      return;
    }
    Element element = element();
    long elements = raw.remaining() / element.bytes;
    if (shape.isGiven()
        && elements != shape.images() * each
        && raw.remaining() % element.bytes == 0) {
      throw otherCount(elements);
    }
    numbers(raw, element);
  }

  /**
   * The body of a request that has nothing but the elements of its only input: one encoded image,
   * or as many images of FP32 numbers as the bytes make.
   *
   * @param input which input they are for
   */
  InferenceCall.Input bare(String input, ByteBuffer raw) throws ProtocolException {
    name(input);
    shape.begin();
    if (input.equals(IMAGE)) {
      datatype("BYTES");
      shape.size(1);
      byte[] encoded = new byte[raw.remaining()];
      allowance.take(encoded.length);
      raw.get(encoded);
      image(encoded);
      return finish();
    }
    datatype(Element.FP32.name());
    long bytes = (long) each * Float.BYTES;
    if (raw.remaining() == 0 || raw.remaining() % bytes != 0) {
      throw ProtocolException.invalid(
          "The body has %d bytes: an image of 3 x %d x %d FP32 numbers has %d."
              .formatted(raw.remaining(), side, side, bytes));
    }
    shape.size(raw.remaining() / bytes);
    shape.size(3);
    shape.size(side);
    shape.size(side);
    raw(raw);
    return finish();
  }

  private Element element() throws ProtocolException {
    Element element = ELEMENTS.get(datatype);
    if (element == null) {
      throw ProtocolException.invalid("A tensor has no datatype, which must be text.");
    }
    return element;
  }

  private String requireName() throws ProtocolException {
    if (name == null) {
      throw ProtocolException.invalid("A tensor has no name, which must be text.");
    }
    return name;
  }

  /**
   * The input, once all parts are read.
   *
   * @throws ProtocolException if parts are missing or do not belong together
   */
  InferenceCall.Input finish() throws ProtocolException {
    String known = requireName();
    if (datatype == null) {
      throw ProtocolException.invalid("A tensor has no datatype, which must be text.");
    }
    requireShape();
    if (known.equals(IMAGE)) {
      if (images.size() != shape.images()) {
        throw otherCount(images.size());
      }
      return new InferenceCall.Input.Images(images);
    }
    if (count != shape.images() * each) {
      throw otherCount(count);
    }
    Element element = element();
    if (typed != null && typed != element) {
      throw ProtocolException.invalid(
          "The contents of input are those of %s, and its datatype is %s: %s."
              .formatted(
                  typed,
                  element,
                  element == Element.FP16 ? "send raw_input_contents" : "they must agree"));
    }
    List<NetworkInput> inputs = new ArrayList<>(arrays.size());
    for (int i = 0; i < arrays.size(); i++) {
      inputs.add(
          element == Element.UINT8
              ? pixels(arrays.get(i), (long) i * each)
              : new NormalizedImage(side, side, arrays.get(i)));
    }
    return new InferenceCall.Input.Numbers(inputs);
  }

  /** An image of (3, side, side) samples, as the network takes it before standardisation. */
  private Pixels pixels(float[] samples, long first) throws ProtocolException {
    allowance.take(each);
    byte[] rgb = new byte[each];
    int plane = side * side;
    for (int i = 0; i < each; i++) {
      int sample = (int) samples[i];
      if (sample != samples[i] || sample < 0 || sample > 255) {
        throw ProtocolException.invalid(
            "Element %d of input is %s: UINT8 has whole numbers from 0 to 255."
                .formatted(first + i, samples[i]));
      }
      rgb[i % plane * 3 + i / plane] = (byte) sample;
    }
    return new Pixels(side, side, rgb);
  }

  /** Refuses elements that came before the name and are not of its kind. */
  private void requireKind() throws ProtocolException {
    if (INPUT.equals(name) && !images.isEmpty()) {
      throw notNumbers();
    }
    if (count > 0 && (IMAGE.equals(name) || !images.isEmpty())) {
      throw notBytes();
    }
  }

  private void requireShape() throws ProtocolException {
    if (requireName().equals(IMAGE)) {
      shape.requireImages();
    } else {
      shape.requireNumbers();
    }
  }

  private ProtocolException otherCount(long elements) {
    return ProtocolException.invalid(
        "The shape of %s is %s, but it has %d elements.".formatted(name, shape, elements));
  }

  private static ProtocolException notFinite(long index, float number) {
    return ProtocolException.invalid(
        "Element %d of input is %s: it must be a finite number.".formatted(index, number));
  }

  private static ProtocolException notNumbers() {
    return ProtocolException.invalid("The elements of input must be numbers.");
  }

  private static ProtocolException notBytes() {
    return ProtocolException.invalid(
        "The elements of image must be bytes: base64 in JSON, or as the binary tensor extension, "
            + "bytes_contents or raw_input_contents has them.");
  }
}
