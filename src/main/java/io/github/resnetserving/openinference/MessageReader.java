package io.github.resnetserving.openinference;

import com.google.protobuf.WireFormat;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.openinference.InferenceCall.RequestedOutput;
import io.github.resnetserving.openinference.wire.InferParameter;
import io.github.resnetserving.openinference.wire.InferTensorContents;
import io.github.resnetserving.openinference.wire.ModelInferRequest;
import io.github.resnetserving.openinference.wire.ModelInferRequest.InferInputTensor;
import io.github.resnetserving.openinference.wire.ModelInferRequest.InferRequestedOutputTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@link ModelInferRequest} field by field from its bytes, so that what is refused or not
 * known never becomes an object: the time is linear in the message's size, and the memory is the
 * input's. The generated class would make an object of each input, of each parameter and of each
 * unknown field first. Used by one thread.
 */
final class MessageReader {

  // What stands before each known field: its number and the kind of its value (Protocol Buffers,
  // "Encoding").
  private static final int VARINT = WireFormat.WIRETYPE_VARINT;
  private static final int DELIMITED = WireFormat.WIRETYPE_LENGTH_DELIMITED;
  private static final int MODEL_NAME = ModelInferRequest.MODEL_NAME_FIELD_NUMBER << 3 | DELIMITED;
  private static final int MODEL_VERSION =
      ModelInferRequest.MODEL_VERSION_FIELD_NUMBER << 3 | DELIMITED;
  private static final int ID = ModelInferRequest.ID_FIELD_NUMBER << 3 | DELIMITED;
  private static final int PARAMETERS = ModelInferRequest.PARAMETERS_FIELD_NUMBER << 3 | DELIMITED;
  private static final int INPUTS = ModelInferRequest.INPUTS_FIELD_NUMBER << 3 | DELIMITED;
  private static final int OUTPUTS = ModelInferRequest.OUTPUTS_FIELD_NUMBER << 3 | DELIMITED;
  private static final int RAW_INPUT =
      ModelInferRequest.RAW_INPUT_CONTENTS_FIELD_NUMBER << 3 | DELIMITED;
  private static final int OF_INPUT = 1 << 31;
  private static final int TENSOR_NAME = InferInputTensor.NAME_FIELD_NUMBER << 3 | DELIMITED;
  private static final int DATATYPE = InferInputTensor.DATATYPE_FIELD_NUMBER << 3 | DELIMITED;
  private static final int SHAPE_PACKED = InferInputTensor.SHAPE_FIELD_NUMBER << 3 | DELIMITED;
  private static final int SHAPE = InferInputTensor.SHAPE_FIELD_NUMBER << 3 | VARINT;
  private static final int TENSOR_PARAMETERS =
      InferInputTensor.PARAMETERS_FIELD_NUMBER << 3 | DELIMITED;
  private static final int CONTENTS = InferInputTensor.CONTENTS_FIELD_NUMBER << 3 | DELIMITED;
  private static final int FP32_PACKED =
      InferTensorContents.FP32_CONTENTS_FIELD_NUMBER << 3 | DELIMITED;
  private static final int FP32 =
      InferTensorContents.FP32_CONTENTS_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_FIXED32;
  private static final int UINT_PACKED =
      InferTensorContents.UINT_CONTENTS_FIELD_NUMBER << 3 | DELIMITED;
  private static final int UINT = InferTensorContents.UINT_CONTENTS_FIELD_NUMBER << 3 | VARINT;
  private static final int BYTES = InferTensorContents.BYTES_CONTENTS_FIELD_NUMBER << 3 | DELIMITED;
  private static final int OUTPUT_NAME =
      InferRequestedOutputTensor.NAME_FIELD_NUMBER << 3 | DELIMITED;
  private static final int OUTPUT_PARAMETERS =
      InferRequestedOutputTensor.PARAMETERS_FIELD_NUMBER << 3 | DELIMITED;
  private static final int KEY = 1 << 3 | DELIMITED; // of a map's entry
  private static final int VALUE = 2 << 3 | DELIMITED;
  private static final int INT64 = InferParameter.INT64_PARAM_FIELD_NUMBER << 3 | VARINT;
  private static final int UINT64 = InferParameter.UINT64_PARAM_FIELD_NUMBER << 3 | VARINT;
  private static final int BOOL = InferParameter.BOOL_PARAM_FIELD_NUMBER << 3 | VARINT;
  private static final int TEXT = InferParameter.STRING_PARAM_FIELD_NUMBER << 3 | DELIMITED;
  private static final int DOUBLE =
      InferParameter.DOUBLE_PARAM_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_FIXED64;

  private static final int LONGEST_PARAMETER_NAME = 64;

  /** Parameters of a message and its tensors together: a request has a few. */
  private static final int MOST_PARAMETERS = 100;

  /** The model that a message is for. */
  record Target(String model, @Nullable String version) {}

  /**
   * All but the target.
   *
   * @param id empty if the request has none
   * @param deadlineMillis the parameter {@code deadline_ms}, null if there is none
   * @param head the parameter {@code head}, null if there is none
   * @param outputs those that are asked for; none for all
   */
  record Message(
      String id,
      @Nullable Long deadlineMillis,
      @Nullable String head,
      InferenceCall.Input input,
      List<RequestedOutput> outputs) {}

  private final WireReader wire;
  private final Set<Integer> seen = new HashSet<>(); // tags of fields that come once
  private int parameters;
  private String model = "";
  private String version = "";
  private String id = "";
  private @Nullable Long deadlineMillis;
  private @Nullable String head;
  private int inputs;
  private boolean hasContents;
  private @Nullable ByteBuffer raw;
  private final List<RequestedOutput> outputs = new ArrayList<>();

  /**
   * @param message not copied
   */
  MessageReader(byte[] message) {
    this.wire = new WireReader(message, "ModelInferRequest");
  }

  /** Reads which model the message is for, and passes over the rest. */
  Target target() throws ProtocolException {
    wire.readAll(tag -> {
      switch (tag) {
        case MODEL_NAME -> model = once(tag, "model_name");
        case MODEL_VERSION -> version = once(tag, "model_version");
        default -> {
          return false;
        }
      }
      return true;
    });
    return new Target(model, version.isEmpty() ? null : version);
  }

  /**
   * Reads all but the target.
   *
   * @param spec the model that the message is for
   * @param maxImages images of a request at most
   * @param lease what the request holds of the budget of bodies: the message, to begin with
   */
  Message read(ModelSpec spec, int maxImages, Budget.Lease lease) throws ProtocolException {
    var allowance = new InputTensor.Allowance(lease, wire.size());
    var tensor = new InputTensor(spec, maxImages, allowance);
    wire.readAll(tag -> readField(tag, tensor, allowance));
    if (inputs != 1) {
      throw oneInput();
    }
    if (raw != null) {
      if (hasContents) {
        throw oneRaw();
      }
      tensor.raw(raw);
    }
    return new Message(id, deadlineMillis, head, tensor.finish(), outputs);
  }

  /** The message's id as far as it has been read; empty if it has none. */
  String id() {
    return id;
  }

  private boolean readField(int tag, InputTensor tensor, InputTensor.Allowance allowance)
      throws IOException, ProtocolException {
    switch (tag) {
      case ID -> id = once(tag, "id");
      case PARAMETERS ->
          readParameter((name, value) -> {
            if (name.equals("deadline_ms")) {
              deadlineMillis = value.whole(name);
            } else if (name.equals("head")) {
              head = WireReader.text(value.text, "The parameter head");
            }
          });
      case INPUTS -> {
        if (++inputs > 1) {
          throw oneInput();
        }
        wire.readMessage(field -> readInput(field, tensor, allowance));
      }
      case OUTPUTS -> readOutput();
      case RAW_INPUT -> {
        if (raw != null) {
          throw oneRaw();
        }
        raw = wire.bytes();
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean readInput(int tag, InputTensor tensor, InputTensor.Allowance allowance)
      throws IOException, ProtocolException {
    switch (tag) {
      case TENSOR_NAME -> tensor.name(once(OF_INPUT | tag, "The name of an input"));
      case DATATYPE -> tensor.datatype(once(OF_INPUT | tag, "The datatype of an input"));
      case SHAPE -> tensor.shape().size(wire.int64());
      case SHAPE_PACKED -> wire.readPacked(() -> tensor.shape().size(wire.int64()));
      case TENSOR_PARAMETERS -> readParameter((name, _) -> JsonCallReader.requireSupported(name));
      case CONTENTS -> {
        if (hasContents) {
          throw ProtocolException.invalid("The contents of an input are given twice.");
        }
        hasContents = true;
        tensor.elements();
        wire.readMessage(field -> readContents(field, tensor, allowance));
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean readContents(int tag, InputTensor tensor, InputTensor.Allowance allowance)
      throws IOException, ProtocolException {
    switch (tag) {
      case FP32 -> {
        tensor.typed(InputTensor.Element.FP32);
        tensor.number(wire.float32());
      }
      case FP32_PACKED -> {
        tensor.typed(InputTensor.Element.FP32);
        tensor.numbers(wire.bytes(), InputTensor.Element.FP32);
      }
      case UINT -> {
        tensor.typed(InputTensor.Element.UINT8);
        tensor.number(wire.uint32());
      }
      case UINT_PACKED -> {
        tensor.typed(InputTensor.Element.UINT8);
        wire.readPacked(() -> tensor.number(wire.uint32()));
      }
      case BYTES -> {
        tensor.requireImage();
        ByteBuffer element = wire.bytes();
        allowance.take(element.remaining());
        byte[] encoded = new byte[element.remaining()];
        element.get(encoded);
        tensor.image(encoded);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void readOutput() throws IOException, ProtocolException {
    var output =
        new Object() {
          String name = "";
          @Nullable Long classes;
        };
    wire.readMessage(tag -> {
      switch (tag) {
        case OUTPUT_NAME -> output.name = wire.text("The name of an output");
        case OUTPUT_PARAMETERS ->
            readParameter((name, value) -> {
              JsonCallReader.requireSupported(name);
              if (name.equals("classification")) {
                output.classes = value.whole(name);
              }
            });
        default -> {
          return false;
        }
      }
      return true;
    });
    RequestedOutput.add(outputs, output.name, output.classes);
  }

  @FunctionalInterface
  private interface ParameterReader {

    void read(String name, Parameter value) throws ProtocolException;
  }

  /** A parameter's value, as far as one is of use here. */
  private static final class Parameter {

    private String name = "";
    private @Nullable Long whole;
    private @Nullable ByteBuffer text;

    long whole(String name) throws ProtocolException {
      if (whole == null) {
        throw ProtocolException.invalid("%s must be a whole number.".formatted(name));
      }
      return whole;
    }
  }

  /** Reads an entry of a map of parameters, and of its value only what can be of use. */
  private void readParameter(ParameterReader reader) throws IOException, ProtocolException {
    if (++parameters > MOST_PARAMETERS) {
      throw ProtocolException.invalid(
          "The request has more than %d parameters.".formatted(MOST_PARAMETERS));
    }
    var parameter = new Parameter();
    wire.readMessage(tag -> {
      switch (tag) {
        case KEY -> parameter.name = parameterName();
        case VALUE -> wire.readMessage(field -> readValue(field, parameter));
        default -> {
          return false;
        }
      }
      return true;
    });
    reader.read(parameter.name, parameter);
  }

  private boolean readValue(int tag, Parameter parameter) throws IOException {
    switch (tag) { // of a choice the last one counts
      case INT64, UINT64 -> {
        parameter.whole = wire.int64();
        parameter.text = null;
      }
      case TEXT -> {
        parameter.text = wire.bytes();
        parameter.whole = null;
      }
      case BOOL, DOUBLE -> {
        parameter.whole = null;
        parameter.text = null;
        return false;
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** A name that is longer than all that are known is as good as none. */
  private String parameterName() throws IOException, ProtocolException {
    ByteBuffer name = wire.bytes();
    return name.remaining() > LONGEST_PARAMETER_NAME
        ? ""
        : WireReader.text(name, "A parameter's name");
  }

  /** The text of a field that comes once: the generated classes never write it twice. */
  private String once(int field, String what) throws IOException, ProtocolException {
    if (!seen.add(field)) {
      throw ProtocolException.invalid("%s is given twice.".formatted(what));
    }
    return wire.text(what);
  }

  private static ProtocolException oneInput() {
    return ProtocolException.invalid(
        "inputs must have one element: image (BYTES) or input (FP32, FP16 or UINT8).");
  }

  private static ProtocolException oneRaw() {
    return ProtocolException.invalid(
        "Send raw_input_contents with one element an input, or contents, but not both.");
  }
}
