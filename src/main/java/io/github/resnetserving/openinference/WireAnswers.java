package io.github.resnetserving.openinference;

import com.google.protobuf.UnsafeByteOperations;
import io.github.resnetserving.openinference.InferenceCalls.Inferred;
import io.github.resnetserving.openinference.ModelDescriptions.Duration;
import io.github.resnetserving.openinference.ModelDescriptions.IndexEntry;
import io.github.resnetserving.openinference.ModelDescriptions.InferenceStats;
import io.github.resnetserving.openinference.ModelDescriptions.Input;
import io.github.resnetserving.openinference.ModelDescriptions.ModelStats;
import io.github.resnetserving.openinference.ModelDescriptions.Output;
import io.github.resnetserving.openinference.wire.DataType;
import io.github.resnetserving.openinference.wire.InferStatistics;
import io.github.resnetserving.openinference.wire.ModelConfig;
import io.github.resnetserving.openinference.wire.ModelConfigResponse;
import io.github.resnetserving.openinference.wire.ModelInferResponse;
import io.github.resnetserving.openinference.wire.ModelInput;
import io.github.resnetserving.openinference.wire.ModelOutput;
import io.github.resnetserving.openinference.wire.ModelStatistics;
import io.github.resnetserving.openinference.wire.ModelStatisticsResponse;
import io.github.resnetserving.openinference.wire.RepositoryIndexResponse;
import io.github.resnetserving.openinference.wire.RepositoryIndexResponse.ModelIndex;
import io.github.resnetserving.openinference.wire.StatisticDuration;
import java.util.List;

/** What is answered, and what models are, as messages of gRPC. */
final class WireAnswers {

  private WireAnswers() {}

  /**
   * @param id of the request
   */
  static ModelInferResponse inferred(String id, Inferred inferred) {
    var response =
        ModelInferResponse.newBuilder()
            .setModelName(inferred.model())
            .setModelVersion(inferred.version())
            .setId(id);
    for (OutputTensor tensor : inferred.outputs()) {
      response.addOutputs(
          ModelInferResponse.InferOutputTensor.newBuilder()
              .setName(tensor.name())
              .setDatatype(tensor.datatype())
              .addAllShape(tensor.shape()));
      response.addRawOutputContents(
          UnsafeByteOperations.unsafeWrap(tensor.raw())); // not used elsewhere
    }
    return response.build();
  }

  static ModelConfigResponse config(ModelDescriptions.ModelConfig config) {
    ModelConfig.Builder message =
        ModelConfig.newBuilder()
            .setName(config.name())
            .setPlatform(config.platform())
            .setMaxBatchSize(config.maxBatchSize());
    for (Input input : config.input()) {
      message.addInput(
          ModelInput.newBuilder()
              .setName(input.name())
              .setDataType(DataType.valueOf(input.dataType()))
              .setFormat(ModelInput.Format.valueOf(input.format()))
              .addAllDims(input.dims())
              .setOptional(input.optional()));
    }
    for (Output output : config.output()) {
      message.addOutput(
          ModelOutput.newBuilder()
              .setName(output.name())
              .setDataType(DataType.valueOf(output.dataType()))
              .addAllDims(output.dims()));
    }
    return ModelConfigResponse.newBuilder().setConfig(message).build();
  }

  static ModelStatisticsResponse statistics(List<ModelStats> models) {
    ModelStatisticsResponse.Builder message = ModelStatisticsResponse.newBuilder();
    for (ModelStats model : models) {
      InferenceStats stats = model.inferenceStats();
      message.addModelStats(
          ModelStatistics.newBuilder()
              .setName(model.name())
              .setVersion(model.version())
              .setInferenceCount(model.inferenceCount())
              .setExecutionCount(model.executionCount())
              .setInferenceStats(
                  InferStatistics.newBuilder()
                      .setSuccess(duration(stats.success()))
                      .setFail(duration(stats.fail()))
                      .setQueue(duration(stats.queue()))
                      .setComputeInput(duration(stats.computeInput()))
                      .setComputeInfer(duration(stats.computeInfer()))
                      .setComputeOutput(duration(stats.computeOutput()))));
    }
    return message.build();
  }

  private static StatisticDuration duration(Duration duration) {
    return StatisticDuration.newBuilder().setCount(duration.count()).setNs(duration.ns()).build();
  }

  static RepositoryIndexResponse index(List<IndexEntry> entries) {
    RepositoryIndexResponse.Builder message = RepositoryIndexResponse.newBuilder();
    for (IndexEntry entry : entries) {
      ModelIndex.Builder model =
          ModelIndex.newBuilder().setName(entry.name()).setState(entry.state());
      if (entry.version() != null) {
        model.setVersion(entry.version());
      }
      if (entry.reason() != null) {
        model.setReason(entry.reason());
      }
      message.addModels(model);
    }
    return message.build();
  }
}
