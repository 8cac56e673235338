package io.github.resnetserving.openinference;

import com.google.protobuf.WireFormat;
import io.github.resnetserving.openinference.wire.InferParameter;
import io.github.resnetserving.openinference.wire.InferTensorContents;
import io.github.resnetserving.openinference.wire.ModelInferRequest;
import io.github.resnetserving.openinference.wire.ModelInferRequest.InferInputTensor;
import io.github.resnetserving.openinference.wire.ModelInferRequest.InferRequestedOutputTensor;

/**
 * What stands before each known field of a {@link ModelInferRequest} on the wire: the field's
 * number and the kind of its value (Protocol Buffers, "Encoding").
 */
final class MessageTags {

  private static final int DELIMITED = WireFormat.WIRETYPE_LENGTH_DELIMITED;

  static final int MODEL_NAME = ModelInferRequest.MODEL_NAME_FIELD_NUMBER << 3 | DELIMITED;
  static final int MODEL_VERSION = ModelInferRequest.MODEL_VERSION_FIELD_NUMBER << 3 | DELIMITED;
  static final int ID = ModelInferRequest.ID_FIELD_NUMBER << 3 | DELIMITED;
  static final int PARAMETERS = ModelInferRequest.PARAMETERS_FIELD_NUMBER << 3 | DELIMITED;
  static final int INPUTS = ModelInferRequest.INPUTS_FIELD_NUMBER << 3 | DELIMITED;
  static final int OUTPUTS = ModelInferRequest.OUTPUTS_FIELD_NUMBER << 3 | DELIMITED;
  static final int RAW_INPUT = ModelInferRequest.RAW_INPUT_CONTENTS_FIELD_NUMBER << 3 | DELIMITED;

  static final int OF_INPUT = 1 << 31;
  static final int TENSOR_NAME = InferInputTensor.NAME_FIELD_NUMBER << 3 | DELIMITED;
  static final int DATATYPE = InferInputTensor.DATATYPE_FIELD_NUMBER << 3 | DELIMITED;
  static final int SHAPE_PACKED = InferInputTensor.SHAPE_FIELD_NUMBER << 3 | DELIMITED;
  static final int SHAPE = InferInputTensor.SHAPE_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
  static final int TENSOR_PARAMETERS = InferInputTensor.PARAMETERS_FIELD_NUMBER << 3 | DELIMITED;
  static final int CONTENTS = InferInputTensor.CONTENTS_FIELD_NUMBER << 3 | DELIMITED;
  static final int FP32_PACKED = InferTensorContents.FP32_CONTENTS_FIELD_NUMBER << 3 | DELIMITED;
  static final int FP32 =
      InferTensorContents.FP32_CONTENTS_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_FIXED32;
  static final int BYTES = InferTensorContents.BYTES_CONTENTS_FIELD_NUMBER << 3 | DELIMITED;
  static final int OUTPUT_NAME = InferRequestedOutputTensor.NAME_FIELD_NUMBER << 3 | DELIMITED;
  static final int OUTPUT_PARAMETERS =
      InferRequestedOutputTensor.PARAMETERS_FIELD_NUMBER << 3 | DELIMITED;
  static final int KEY = 1 << 3 | DELIMITED; // of a map's entry
  static final int VALUE = 2 << 3 | DELIMITED;
  static final int INT64 =
      InferParameter.INT64_PARAM_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
  static final int UINT64 =
      InferParameter.UINT64_PARAM_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
  static final int BOOL = InferParameter.BOOL_PARAM_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
  static final int TEXT = InferParameter.STRING_PARAM_FIELD_NUMBER << 3 | DELIMITED;
  static final int DOUBLE =
      InferParameter.DOUBLE_PARAM_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_FIXED64;

  private MessageTags() {}
}
