package io.github.resnetserving.network;

import io.github.resnetserving.model.Normalization;
import io.github.resnetserving.network.DirectProgram.Input;
import io.github.resnetserving.network.DirectProgram.Step;
import io.github.resnetserving.network.Script.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The methods by which a direct plan says what it is. */
record Direct(
    Topology topology, PlanForm form, Precision precision, int size, Normalization normalization) {

  void addTo(ScriptArchive archive) {
    DirectProgram program = program();
    Script text = new Script();
    text.line("return \"%s\"".formatted(program.text()));
    archive.method(text, "program(self) -> str");
    Script weights = new Script();
    weights.line("return [%s]".formatted(String.join(", ", tensors(program))));
    archive.method(weights, "weights(self) -> List[Tensor]");
  }

  DirectProgram program() {
    StepOperators operators = new StepOperators(form.quantizers());
    Value input = Value.input(DirectProgram.INPUT, size);
    new ForwardPass(topology, operators).trunk(new Script(), input);
    // A shorter walk gives its values the same names.
    List<String> stages =
        IntStream.rangeClosed(0, topology.stages().size())
            .mapToObj(last ->
                new ForwardPass(topology, new StepOperators(form.quantizers()))
                    .stage(new Script(), input, last)
                    .name())
            .toList();
    return new DirectProgram(
        precision,
        input(),
        operators.maps(),
        operators.steps(),
        stages,
        topology.classifier(),
        topology.classes());
  }

  private Input input() {
    List<Double> mean = normalization.mean();
    List<Double> std = normalization.std();
    return new Input(
        size,
        precision == Precision.INT8 ? topology.stem().padding() : 0,
        std.stream().map(s -> 1 / (255 * s)).toList(),
        IntStream.range(0, 3).mapToObj(c -> -mean.get(c) / std.get(c)).toList(),
        mean.stream().map(m -> (int) Math.round(255 * m)).toList());
  }

  private List<String> tensors(DirectProgram program) {
    List<String> tensors = new ArrayList<>();
    for (Step step : program.steps()) {
      if (step instanceof Step.Convolve convolve) {
        String layer = Script.attribute(convolve.layer());
        tensors.add(layer + "_weight");
        tensors.add(layer + "_bias");
        if (precision == Precision.INT8) {
          tensors.add(layer + "_weight_scale");
        }
      }
    }
    if (topology.classifies()) {
      tensors.add(Script.attribute(topology.classifier() + ".weight"));
      tensors.add(Script.attribute(topology.classifier() + ".bias"));
    }
    return tensors;
  }
}
